// Inner products fused with the matrix powers.
#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <type_traits>

#include "asp/base/error.hpp"
#include "krylov/akx.hpp"
#include "krylov/akx_testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

namespace {

template <class Scalar>
struct Products {
    asp::Array<Scalar, 2> gram;     ///< [k + 1, k + 1]
    std::vector<Scalar> projected;  ///< [k + 1]
    asp::Array<Scalar, 3> basis;    ///< [k + 1, 1, n]
};

template <class Scalar>
Products<Scalar> products(const Csr<Scalar>& matrix, const PlanOptions& options,
                          const std::vector<Scalar>& vector, bool is_doubled,
                          const asp::Team* team = nullptr) {
    const auto k = static_cast<std::size_t>(options.k);
    const auto n = static_cast<std::size_t>(matrix.rows());
    const Akx<Scalar> akx(matrix.view(), options, plain_context());
    Products<Scalar> found{asp::Array<Scalar, 2>({k + 1, k + 1}, Scalar(99)),
                           std::vector<Scalar>(k + 1, Scalar(99)), basis_from<Scalar>(k, 1, n)};
    akx.powers(found.basis.view(), recurrence_of(3, k),
               {found.gram.view(), vector.data(), found.projected.data(), is_doubled}, team);
    return found;
}

PlanOptions given(Method method, int k = 5) {
    PlanOptions options{.k = k, .method = method, .depth = std::min(k, 2), .tile_kib = 4};
    options.budget = 0.0;
    return options;
}

template <class Scalar>
std::vector<Scalar> numbers(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Scalar> all(count);
    for (Scalar& value : all) value = number<Scalar>(random);
    return all;
}

using Long = long double;
template <class Scalar>
auto widened(Scalar value) {
    if constexpr (std::is_floating_point_v<Scalar>)
        return static_cast<Long>(value);
    else
        return std::complex<Long>(value.real(), value.imag());
}
template <class Scalar>
auto conjugate(Scalar value) {
    if constexpr (std::is_floating_point_v<Scalar>)
        return value;
    else
        return std::conj(value);
}

/// The error of an inner product over sum |a b|, in units of n eps: at most about 1 for any order.
template <class Scalar>
double error_of(Scalar found, const Scalar* a, const Scalar* b, std::size_t n) {
    using Real = decltype(std::abs(Scalar{}));
    auto sum = widened(Scalar{});
    Long size = 0;
    for (std::size_t i = 0; i < n; ++i) {
        sum += conjugate(widened(a[i])) * widened(b[i]);
        size += std::abs(widened(a[i])) * std::abs(widened(b[i]));
    }
    return static_cast<double>(
        std::abs(widened(found) - sum) /
        (size * static_cast<Long>(n) * static_cast<Long>(std::numeric_limits<Real>::epsilon())));
}

template <class Scalar>
void expect_products(Method method, bool is_doubled) {
    const Csr<Scalar> matrix = with_values_of<Scalar>(convection_diffusion(41, 31));
    const std::size_t n = 41 * 31;
    const std::vector<Scalar> r = numbers<Scalar>(n, 17);
    const Products<Scalar> found = products(matrix, given(method), r, is_doubled);
    double worst = 0.0;
    bool is_hermitian = true;
    for (std::size_t i = 0; i <= 5; ++i) {
        const Scalar* const left = &found.basis(i, 0, 0);
        worst = std::max(worst, error_of(found.projected[i], left, r.data(), n));
        for (std::size_t j = 0; j <= 5; ++j) {
            worst = std::max(worst, error_of(found.gram(i, j), left, &found.basis(j, 0, 0), n));
            is_hermitian &= i == j || found.gram(i, j) == conjugate(found.gram(j, i));
        }
    }
    INFO(name_of(method));
    CHECK(worst < 1.0);
    CHECK(is_hermitian);
}

}  // namespace

TEST_CASE("V^H V and V^H r are inner products of the basis to rounding") {
    for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles}) {
        expect_products<double>(method, false);
        expect_products<double>(method, true);
        expect_products<float>(method, false);
        expect_products<float>(method, true);
        expect_products<std::complex<double>>(method, false);
        expect_products<std::complex<float>>(method, false);
    }
}

TEST_CASE("inner products have the same bits in every method, tiling and number of harts") {
    const Csr<double> matrix = convection_diffusion(60, 50);
    const std::vector<double> r = numbers<double>(3000, 18);
    const Harts two(2), three(3), seven(7);
    for (const bool is_doubled : {false, true}) {
        const auto expected = products(matrix, given(Method::plain), r, is_doubled);
        for (const Method method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles})
            for (const TileShape shape : {TileShape::bands, TileShape::compact})
                for (const Harts* const harts : {&two, &three, &seven})
                    for (const int depth : {1, 3, 5}) {
                        PlanOptions options = given(method);
                        options.depth = depth;
                        options.tile_shape = shape;
                        options.harts = harts->team.harts();
                        options.storage = depth == 1   ? Storage::slices
                                          : depth == 3 ? Storage::csr
                                                       : Storage::block_rows;
                        options.block = 3;
                        const auto found = products(matrix, options, r, is_doubled, &harts->team);
                        INFO(name_of(method) << ", " << name_of(shape) << ", " << options.harts
                                             << " harts, depth " << depth);
                        CHECK(same_bits(found.gram, expected.gram));
                        CHECK(found.projected == expected.projected);
                        CHECK(same_bits(found.basis, expected.basis));
                    }
    }
}

TEST_CASE("doubled precision sums to working precision what cancels to its last digits") {
    if (!__builtin_cpu_supports("fma")) {
        WARN("skipped: this processor has no fused multiply-add, which the products' errors need");
        return;
    }
    // Each r_i has a partner that cancels x_i r_i up to a unit of r's last place.
    constexpr std::size_t n = 3000;
    auto basis = basis_from<double>(1, 1, n);
    std::vector<double> r(n);
    std::mt19937_64 random(19);
    __extension__ typedef __float128 Quad;
    Quad truth = 0, size = 0;
    for (std::size_t i = 0; i < n / 2; ++i) {
        basis(0, 0, n - 1 - i) = basis(0, 0, i);
        r[i] = 0x1p52 + static_cast<double>(random() % (1U << 30U));
        r[n - 1 - i] = 1.0 + static_cast<double>(random() % 3) - r[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
        const Quad product = static_cast<Quad>(basis(0, 0, i)) * r[i];
        truth += product;
        size += product < 0 ? -product : product;
    }
    const double condition = static_cast<double>(size / (truth < 0 ? -truth : truth));
    REQUIRE(condition > 1e15);
    const Csr<double> matrix = laplacian(n);
    const auto relative_error = [&](bool is_doubled) {
        const Akx<double> akx(matrix.view(), given(Method::plain, 1), plain_context());
        asp::Array<double, 2> gram({2, 2});
        double projected[2];
        akx.powers(basis.view(), monomial_basis(1), {gram.view(), r.data(), projected, is_doubled});
        return std::abs(static_cast<double>((projected[0] - truth) / truth));
    };
    // A rounding at the end, and (m u)^2 of the condition for sums of at most m = 64 + 3 + 6
    // numbers in a row: Ogita, Rump and Oishi (2005).
    const double u = 0x1p-53;
    CHECK(relative_error(true) < u + 73 * u * 73 * u * condition);
    CHECK(relative_error(false) > 1e-3);
}

TEST_CASE("inner products of a matrix without rows are zero") {
    const auto found = products(Csr<double>{}, given(Method::plain, 2), {0.0}, false);
    CHECK(std::ranges::all_of(found.gram, [](double x) { return x == 0.0; }));
}

TEST_CASE("a request for inner products that does not fit says what was expected") {
    const Csr<double> matrix = laplacian(10);
    PlanOptions options = given(Method::plain, 3);
    options.depth.reset();
    const Akx<double> akx(matrix.view(), options, plain_context());
    auto basis = basis_from<double>(3, 1, 10);
    asp::Array<double, 2> gram({4, 4}), small({3, 4});
    const std::vector<double> r(10);
    const auto message = [&](const GramRequest<double>& request) {
        return message_of<asp::InputError>(
            [&] { akx.powers(basis.view(), monomial_basis(3), request); });
    };
    CHECK(message({small.view()}) == "gram has shape [3, 4]: expected [4, 4]");
    CHECK(message({gram.view(), r.data()}) ==
          "gram: expected a vector and a place for its projection, or neither");

    const auto complex = with_values_of<std::complex<double>>(matrix);
    const Akx<std::complex<double>> complex_akx(complex.view(), options, plain_context());
    auto complex_basis = basis_from<std::complex<double>>(3, 1, 10);
    asp::Array<std::complex<double>, 2> complex_gram({4, 4});
    CHECK(message_of<asp::InputError>([&] {
              complex_akx.powers(complex_basis.view(), monomial_basis(3),
                                 {complex_gram.view(), nullptr, nullptr, true});
          }) == "gram: doubled precision: expected a real matrix");

    options.vectors = 2;
    const Akx<double> two(matrix.view(), options, plain_context());
    auto two_basis = basis_from<double>(3, 2, 10);
    CHECK(message_of<asp::InputError>([&] {
              two.powers(two_basis.view(), monomial_basis(3), {gram.view()});
          }) == "vectors = 2: expected 1 for a Gram matrix");
}
