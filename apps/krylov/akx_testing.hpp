#pragma once
// For tests only: matrices of many structures, and calls of the matrix powers beside the reference.

#include <fmt/format.h>
#include <tbb/global_control.h>

#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "asp/base/testing.hpp"
#include "asp/harts/team.hpp"
#include "krylov/akx.hpp"
#include "krylov/generate.hpp"
#include "krylov/reference.hpp"
#include "krylov/testing.hpp"

namespace krylov::testing {

/// Harts of a test's own, at most 8, each with a thread however few processors there are.
struct Harts {
    explicit Harts(std::size_t count) : pool(count), lease(pool.request(count)), team(lease) {
        static const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, 8);
    }

    asp::HartPool pool;
    asp::Lease lease;
    asp::Team team;
};

/// Kernels that are built in or interpreted: nothing is compiled. On a machine of small caches, so
/// that small matrices are worth tiles.
inline asp::Context plain_context() {
    static const asp::jit::Platform platform = [] {
        asp::jit::Platform here = asp::jit::measure_platform();
        here.l2_bytes = 1 << 16;
        here.l3_bytes = 1 << 20;
        return here;
    }();
    asp::Context context;
    context.mode = asp::Mode::off;
    context.platform = platform;
    return context;
}

template <class Scalar>
Scalar number(std::mt19937_64& random) {
    const auto part = [&random] { return static_cast<double>(random() >> 11) * 0x1p-53 - 0.4; };
    if constexpr (std::is_floating_point_v<Scalar>) {
        return static_cast<Scalar>(part());
    } else {
        using Real = typename Scalar::value_type;
        const auto real = static_cast<Real>(part());
        return {real, static_cast<Real>(part())};
    }
}

/// The same pattern; what is not in the values of `matrix` (imaginary parts) at random.
template <class Scalar>
Csr<Scalar> with_values_of(const Csr<double>& matrix, std::uint64_t seed = 5) {
    std::mt19937_64 random(seed);
    Csr<Scalar> result{matrix.columns, matrix.row_start, matrix.column, {}};
    for (const double value : matrix.value)
        if constexpr (std::is_floating_point_v<Scalar>)
            result.value.push_back(static_cast<Scalar>(value));
        else
            result.value.push_back(number<Scalar>(random) *
                                   static_cast<typename Scalar::value_type>(value));
    return result;
}

/// Entries where `is_there(i, j)` says so; rows' absolute values sum to about 1.
template <class IsThere>
Csr<double> pattern(std::int32_t n, IsThere&& is_there, std::uint64_t seed = 3) {
    std::mt19937_64 random(seed);
    Csr<double> matrix;
    matrix.columns = n;
    for (std::int32_t i = 0; i < n; ++i) {
        for (std::int32_t j = 0; j < n; ++j)
            if (is_there(i, j)) matrix.column.push_back(j);
        const std::int64_t begin = matrix.row_start.back();
        matrix.row_start.push_back(static_cast<std::int64_t>(matrix.column.size()));
        const auto length = static_cast<double>(matrix.row_start.back() - begin);
        while (matrix.value.size() < matrix.column.size())
            matrix.value.push_back(number<double>(random) * 4.0 / (length + 1.0));
    }
    return matrix;
}

struct Structure {
    std::string name;
    Csr<double> matrix;
};

/// Structures around which schedules, slices and tiles have their corners. All but the smallest
/// make several tiles of 1 KiB.
inline std::vector<Structure> structures() {
    std::mt19937_64 random(11);
    const auto chance = [&random](std::uint64_t of) { return random() % of == 0; };
    std::vector<std::int32_t> shuffled(576);
    for (std::size_t i = 0; i < shuffled.size(); ++i) shuffled[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = shuffled.size() - 1; i > 0; --i)
        std::swap(shuffled[i], shuffled[random() % (i + 1)]);
    const Csr<double> stencil = convection_diffusion(24, 24);
    return {
        {"unsymmetric random band",
         pattern(413, [&](auto i, auto j) { return std::abs(i - j) < 12 && chance(3); })},
        {"band far above the diagonal",
         pattern(360, [](auto i, auto j) { return j - i >= 3 && j - i <= 5; })},
        {"upper triangular", pattern(240, [&](auto i, auto j) { return j >= i && chance(9); })},
        {"empty rows and columns", pattern(300,
                                           [&](auto i, auto j) {
                                               return i % 7 != 2 && j % 5 != 1 &&
                                                      std::abs(i - j) < 20 && chance(4);
                                           })},
        {"dense row", pattern(288, [](auto i, auto j) { return i == 131 || i == j; })},
        {"dense column",
         pattern(288, [](auto i, auto j) { return j == 77 || std::abs(i - j) <= 1; })},
        {"diagonal", pattern(250, [](auto i, auto j) { return i == j; })},
        {"no entries", pattern(60, [](auto, auto) { return false; })},
        {"disconnected components",
         pattern(312, [&](auto i, auto j) { return i / 39 == j / 39 && chance(5); })},
        {"components dealt out by turns",
         pattern(312, [](auto i, auto j) { return i % 3 == j % 3 && std::abs(i - j) <= 6; })},
        {"five points", stencil},
        {"five points in any order",
         permuted(stencil.view(), std::span<const std::int32_t>(shuffled))},
        {"random", random_matrix(257, 257, 0.05, 4)},
        {"one row", pattern(1, [](auto, auto) { return true; })},
        {"no rows", pattern(0, [](auto, auto) { return true; })},
    };
}

/// x_{p+1} with `terms` terms.
inline Recurrence recurrence_of(int terms, std::size_t k) {
    Recurrence r = monomial_basis(k);
    if (terms == 1) return r;
    for (std::size_t p = 0; p < k; ++p) {
        const auto at = static_cast<double>(p);
        r.a[p] = 0.9 - 0.05 * at;
        r.b[p] = p % 3 == 1 ? 0.0 : 0.3 - 0.1 * at;
        r.c[p] = terms == 3 && p > 0 ? 0.2 - 0.07 * at : 0.0;
    }
    return r;
}

inline Polynomial polynomial_of(const Recurrence& recurrence) {
    Polynomial p{recurrence, {}};
    for (std::size_t i = 0; i <= recurrence.k(); ++i)
        p.coefficient.push_back(1.5 - 0.4 * static_cast<double>(i));
    return p;
}

/// x in place; in all that is to be made nothing that could pass for a number.
template <class Scalar>
asp::Array<Scalar, 3> basis_from(std::size_t k, std::size_t vectors, std::size_t n,
                                 std::uint64_t seed = 9) {
    asp::Array<Scalar, 3> basis({k + 1, vectors, n},
                                Scalar(std::numeric_limits<float>::quiet_NaN()));
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < vectors * n; ++i) basis.data()[i] = number<Scalar>(random);
    return basis;
}

template <class Scalar, std::size_t Rank>
bool same_bits(const asp::Array<Scalar, Rank>& a, const asp::Array<Scalar, Rank>& b) {
    return a.extents() == b.extents() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0);
}

/// The other width of columns.
template <class Scalar>
struct Wide {
    explicit Wide(const Csr<Scalar>& matrix)
        : column(matrix.column.begin(), matrix.column.end()),
          view{matrix.columns, matrix.row_start, column, matrix.value} {}

    std::vector<std::int64_t> column;
    CsrView<Scalar, std::int64_t> view;
};

/// How a matrix is given and called, besides the plan's options.
struct Call {
    PlanOptions options;
    int terms = 1;
    bool has_wide_columns = false;
    const Harts* harts = nullptr;
};

inline std::string text_of(const Call& call) {
    const PlanOptions& o = call.options;
    return fmt::format(
        "{}, {}, {}, numbered {}, block {}, k {}, depth {}, {} KiB, {} vectors, {} harts, {} "
        "terms{}",
        name_of(o.method.value_or(Method::plain)), name_of(o.storage.value_or(Storage::csr)),
        name_of(o.tile_shape.value_or(TileShape::bands)),
        name_of(o.numbering.value_or(Numbering::given)), o.block.value_or(0), o.k,
        o.depth.value_or(0), o.tile_kib.value_or(0), o.vectors, o.harts, call.terms,
        call.has_wide_columns ? ", wide columns" : "");
}

template <class Scalar>
Akx<Scalar> akx_of(const Csr<Scalar>& matrix, const Wide<Scalar>& wide, const Call& call,
                   const asp::Context& context) {
    if (call.has_wide_columns) return Akx<Scalar>(wide.view, call.options, context);
    return Akx<Scalar>(matrix.view(), call.options, context);
}

/// Whether powers and polynomial are those of the reference, to the bit.
template <class Scalar>
void expect_reference(const Csr<Scalar>& matrix, const Call& call,
                      const asp::Context& context = plain_context()) {
    const auto k = static_cast<std::size_t>(call.options.k),
               vectors = static_cast<std::size_t>(call.options.vectors),
               n = static_cast<std::size_t>(matrix.rows());
    const Recurrence recurrence = recurrence_of(call.terms, k);
    const Wide<Scalar> wide(matrix);
    const Akx<Scalar> akx = akx_of(matrix, wide, call, context);
    const asp::Team* const team = call.harts != nullptr ? &call.harts->team : nullptr;
    auto basis = basis_from<Scalar>(k, vectors, n);
    auto expected = basis;
    reference_powers(matrix.view(), recurrence, expected.view());
    const asp::View<const Scalar, 2> x(basis.data(), {vectors, n});

    const Polynomial polynomial = polynomial_of(recurrence);
    const Scalar nothing(std::numeric_limits<float>::quiet_NaN());
    asp::Array<Scalar, 2> result({vectors, n}, nothing), expected_result({vectors, n});
    reference_polynomial(matrix.view(), polynomial, x, expected_result.view());
    akx.polynomial(x, polynomial, result.view(), team);
    INFO(text_of(call) << "; plan: " << akx.plan().chosen.describe() << ", " << akx.plan().tiles
                       << " tiles");
    CHECK(same_bits(result, expected_result));
    akx.powers(basis.view(), recurrence, team);
    CHECK(same_bits(basis, expected));
}

}  // namespace krylov::testing
