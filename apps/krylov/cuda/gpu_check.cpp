// krylov_gpu_check: whether a device's matrix powers have the processor's bits, and how fast they
// are beside its bandwidth and cuSPARSE. Exits with 1 where a bit differs.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/base/error.hpp"
#include "asp/cuda/device.hpp"
#include "krylov/cuda/device_akx.hpp"
#include "krylov/generate.hpp"
#include "krylov/reference.hpp"

namespace {

using krylov::Csr;
using krylov::Recurrence;
using krylov::TileShape;
using krylov::cuda::DeviceAkx;
using krylov::cuda::DeviceMethod;
using krylov::cuda::DeviceOptions;

struct Case {
    std::string matrix;  ///< as krylov::generate takes it
    int block;           ///< of rows and columns that its structure has
    long tile_rows;      ///< 0: tiles do not pay (three dimensions, or no neighbours at all)
    TileShape tile_shape = TileShape::bands;
};

/// Launch-bound, middle, and larger than any cache of a device.
const std::vector<Case> cases{{"stencil:5pt:100", 1, 150, TileShape::compact},
                              {"stencil:5pt:300", 1, 700, TileShape::compact},
                              {"stencil:7pt:40", 1, 0},
                              {"stencil:5pt:2000", 1, 1200, TileShape::compact},
                              {"stencil:7pt:200", 1, 0},
                              {"stencil:27pt:100", 1, 0},
                              {"fem:44", 3, 0},
                              {"band:1000000,half_width=20,row=9", 1, 1000},
                              {"random:1000000,row=16", 1, 0}};

constexpr int k = 8;

std::vector<DeviceOptions> ways(const Case& c) {
    std::vector<DeviceOptions> all;
    for (const DeviceMethod method : {DeviceMethod::levels, DeviceMethod::cooperative}) {
        all.push_back({.k = k, .method = method});
        all.push_back({.k = k, .method = method, .sort_window = 1024});
        if (c.block > 1) all.push_back({.k = k, .method = method, .block = c.block});
    }
    if (c.tile_rows > 0)
        for (const int depth : {2, 4})
            for (const bool is_resident : {true, false})
                all.push_back({.k = k,
                               .method = DeviceMethod::tiles,
                               .tile_rows = c.tile_rows,
                               .tile_shape = c.tile_shape,
                               .depth = depth,
                               .is_resident = is_resident});
    return all;
}

Recurrence three_terms() {
    Recurrence r{std::vector(k, 0.75), std::vector(k, -0.3), std::vector(k, 0.1)};
    r.c[0] = 0.0;
    return r;
}

template <class Scalar>
asp::Array<Scalar, 3> start(std::int64_t n) {
    asp::Array<Scalar, 3> basis({k + 1, 1, static_cast<std::size_t>(n)});
    std::mt19937 random(1);
    std::uniform_real_distribution<double> number(-1.0, 1.0);
    for (std::int64_t i = 0; i < n; ++i) basis.data()[i] = static_cast<Scalar>(number(random));
    return basis;
}

/// Same numbers; blocks may give the other zero.
template <class Scalar>
bool agree(const asp::Array<Scalar, 3>& a, const asp::Array<Scalar, 3>& b, bool in_blocks) {
    if (in_blocks) return std::equal(a.begin(), a.end(), b.begin());
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0;
}

template <class Scalar>
Csr<Scalar> as(const Csr<double>& m) {
    Csr<Scalar> other;
    other.columns = m.columns;
    other.row_start = m.row_start;
    other.column = m.column;
    for (const double value : m.value) other.value.push_back(static_cast<Scalar>(value));
    return other;
}

/// Whether the device gives the reference's bits, for both kinds of bases.
template <class Scalar>
bool is_right(const Csr<Scalar>& m, const DeviceAkx<Scalar>& akx, bool in_blocks) {
    for (const Recurrence& r : {krylov::monomial_basis(k), three_terms()}) {
        auto expected = start<Scalar>(m.rows()), found = start<Scalar>(m.rows());
        krylov::reference_powers(m.view(), r, expected.view());
        akx.powers(found.view(), r);
        if (!agree(expected, found, in_blocks)) return false;
    }
    return true;
}

/// Every way on a small matrix in the other types of numbers.
bool other_types_are_right() {
    bool right = true;
    const auto check = [&]<class Scalar>(const Csr<Scalar>& m, const char* name) {
        for (const DeviceOptions& o : ways({"", 3, 100})) {
            const DeviceAkx<Scalar> akx(m.view(), o);
            if (is_right(m, akx, o.block > 1)) continue;
            fmt::print("WRONG: {}: {}\n", name, akx.describe());
            right = false;
        }
    };
    const Csr<double> m = krylov::generate("stencil:9pt:30");
    check(m, "double");
    check(as<float>(m), "float");
    check(as<std::complex<double>>(m), "complex double");
    check(as<std::complex<float>>(m), "complex float");
    return right;
}

/// Lines of the table; false where one is wrong.
bool measure(const Case& c, double copy) {
    const Csr<double> m = krylov::generate(c.matrix);
    const int repetitions = m.nonzeros() > 5'000'000 ? 20 : 200;
    const double peer = DeviceAkx<double>(m.view(), {.k = k, .method = DeviceMethod::cusparse})
                            .seconds(krylov::monomial_basis(k), repetitions);
    fmt::print("{}: {} rows, {} nonzeros; cuSPARSE x {}: {:.1f} us\n", c.matrix, m.rows(),
               m.nonzeros(), k, 1e6 * peer);
    bool right = true;
    for (const DeviceOptions& o : ways(c)) {
        try {
            const DeviceAkx<double> akx(m.view(), o);
            const bool fine = is_right(m, akx, o.block > 1);
            const double seconds = akx.seconds(krylov::monomial_basis(k), repetitions);
            // k products in CSR read the matrix and a vector, and write one.
            const double bytes =
                k * (static_cast<double>(m.view().bytes()) + 16.0 * static_cast<double>(m.rows()));
            fmt::print("  {:<68} {:<6} {:>10.1f} us {:>6.2f} of the copy {:>6.2f} x cuSPARSE\n",
                       akx.describe(), fine ? "right" : "WRONG", 1e6 * seconds,
                       bytes / seconds / copy, peer / seconds);
            right = right && fine;
        } catch (const asp::InputError& error) {
            fmt::print("  not possible: {}\n", error.what());
        }
    }
    return right;
}

int run() {
    const auto& info = asp::cuda::device_info();
    const double copy = krylov::cuda::copy_bandwidth(std::size_t{1} << 30);
    fmt::print("{}, {} processors, {:.0f} GB; copies at {:.0f} GB/s\n", info.name, info.processors,
               static_cast<double>(info.memory) / 1e9, copy / 1e9);
    bool right = other_types_are_right();
    for (const Case& c : cases) right = measure(c, copy) && right;
    fmt::print("{}\n", right ? "all bits are the processor's" : "WRONG: some bits differ");
    return right ? 0 : 1;
}

}  // namespace

int main() {
    try {
        return run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "krylov_gpu_check: {}\n", error.what());
        return 1;
    }
}
