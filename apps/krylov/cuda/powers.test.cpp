#include "krylov/kernels/cuda/powers.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

#include "asp/base/array.hpp"
#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/cuda/emulation.hpp"
#include "krylov/cuda/packing.hpp"
#include "krylov/cuda/views.hpp"
#include "krylov/generate.hpp"
#include "krylov/reference.hpp"

// The kernels for CUDA, run by threads of the processor. This file is compiled with fused
// multiply-adds, as a device has them.

using asp::testing::message_of;
using krylov::Csr;
using krylov::CsrView;
using krylov::Recurrence;
namespace cuda = krylov::cuda;

namespace {

bool has_fused_multiply_add() {
    if (__builtin_cpu_supports("fma")) return true;
    WARN("skipped: this processor has no fused multiply-add, which kernels for CUDA are made of");
    return false;
}

template <class Scalar>
Scalar random_number(std::mt19937& random) {
    std::uniform_real_distribution<double> number(-1.0, 1.0);
    if constexpr (cuda::RealOf<Scalar>::width == 1)
        return static_cast<Scalar>(number(random));
    else
        return {static_cast<typename Scalar::value_type>(number(random)),
                static_cast<typename Scalar::value_type>(number(random))};
}

/// A band with holes; some rows are empty, some long.
template <class Scalar>
Csr<Scalar> band(int rows, int half_width, unsigned seed = 1) {
    std::mt19937 random(seed);
    Csr<Scalar> m;
    m.columns = rows;
    for (int i = 0; i < rows; ++i) {
        const unsigned rarity = i % 13 == 5 ? 1 : i % 7 == 3 ? 1000 : 2;
        for (int j = std::max(0, i - half_width); j <= std::min(rows - 1, i + half_width); ++j)
            if (random() % rarity == 0) {
                m.column.push_back(j);
                m.value.push_back(random_number<Scalar>(random));
            }
        m.row_start.push_back(static_cast<std::int64_t>(m.column.size()));
    }
    return m;
}

/// Each entry of a matrix as a dense block.
template <class Scalar>
Csr<Scalar> in_blocks(const Csr<Scalar>& m, int block) {
    std::mt19937 random(2);
    Csr<Scalar> big;
    big.columns = m.columns * block;
    for (std::size_t i = 0; i + 1 < m.row_start.size(); ++i)
        for (int r = 0; r < block; ++r) {
            for (auto e = m.row_start[i]; e < m.row_start[i + 1]; ++e)
                for (int c = 0; c < block; ++c) {
                    big.column.push_back(m.column[static_cast<std::size_t>(e)] * block + c);
                    big.value.push_back(random_number<Scalar>(random));
                }
            big.row_start.push_back(static_cast<std::int64_t>(big.column.size()));
        }
    return big;
}

Recurrence recurrence(int terms, std::size_t k) {
    Recurrence r{std::vector(k, terms == 1 ? 1.0 : 0.75), std::vector(k, terms == 1 ? 0.0 : -0.3),
                 std::vector(k, terms == 3 ? 0.1 : 0.0)};
    r.c[0] = 0.0;
    return r;
}

/// A basis with x in place, and poison above it.
template <class Scalar>
asp::Array<Scalar, 3> start(std::size_t k, std::int64_t n) {
    asp::Array<Scalar, 3> basis({k + 1, 1, static_cast<std::size_t>(n)}, Scalar(99));
    std::mt19937 random(3);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
        basis(0, 0, i) = random_number<Scalar>(random);
    return basis;
}

template <class Scalar>
bool same_bits(const asp::Array<Scalar, 3>& a, const asp::Array<Scalar, 3>& b) {
    return a.extents() == b.extents() &&
           std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0;
}

template <class Scalar>
asp::Array<Scalar, 3> expected(const Csr<Scalar>& m, const Recurrence& r) {
    auto basis = start<Scalar>(r.k(), m.rows());
    krylov::reference_powers(m.view(), r, basis.view());
    return basis;
}

const auto here = [](const auto& values) { return values.data(); };

template <class Scalar>
auto* as_reals(asp::Array<Scalar, 3>& basis) {
    return reinterpret_cast<typename cuda::RealOf<Scalar>::type*>(basis.data());
}

/// Steps with the levels that look at them.
template <class Scalar>
cuda::Levels levels_of(const cuda::Steps& steps, int first, int last, std::int64_t n) {
    return {steps.scalars.data(), steps.terms.data(), first, last, n * cuda::RealOf<Scalar>::width};
}

/// All levels by one cooperative launch of 3 blocks of 32 threads.
template <class Scalar, class Matrix>
asp::Array<Scalar, 3> cooperative(const Matrix& matrix, const Recurrence& r, std::int64_t n) {
    auto basis = start<Scalar>(r.k(), n);
    const cuda::Steps steps = cuda::steps_of(r);
    const auto levels = levels_of<Scalar>(steps, 0, static_cast<int>(r.k()), n);
    unsigned counter = 0;
    asp::cuda::launch_at_once({.blocks = 3, .threads = 32}, [&](asp::cuda::EmulatedThread t) {
        cuda::all_levels(t, matrix, levels, as_reals(basis), &counter);
    });
    CHECK(counter == 3 * (r.k() - 1));
    return basis;
}

/// Sweeps of `tiles.depth` levels and one of what is left, by 2 blocks of 40 threads.
template <class Scalar>
asp::Array<Scalar, 3> tiled(const cuda::PackedTiles<Scalar>& tiles, bool is_resident,
                            const Recurrence& r, std::int64_t n) {
    auto basis = start<Scalar>(r.k(), n);
    const cuda::Steps steps = cuda::steps_of(r);
    const auto view = cuda::tiles_view(tiles, is_resident, here);
    const int k = static_cast<int>(r.k());
    for (int first = 0; first < k; first += tiles.depth) {
        const auto levels = levels_of<Scalar>(steps, first, std::min(k, first + tiles.depth), n);
        asp::cuda::launch({.blocks = 2, .threads = 40, .memory = tiles.memory(is_resident)},
                          [&](asp::cuda::EmulatedThread t) {
                              cuda::all_tiles(t, view, levels, as_reals(basis));
                          });
    }
    return basis;
}

template <class Scalar>
void check_rows(int n, long window) {
    const Csr<Scalar> m = band<Scalar>(n, 9);
    const auto packed = cuda::pack_slices(m.view(), 1, window);
    for (const int terms : {1, 2, 3}) {
        INFO(n << " rows, window " << window << ", " << terms << " terms");
        const Recurrence r = recurrence(terms, 4);
        CHECK(same_bits(cooperative<Scalar>(cuda::rows_view(packed, here), r, n), expected(m, r)));
    }
}

template <class Scalar>
void check_tiles(int n, long rows, int depth, bool is_compact = false) {
    const Csr<Scalar> m = band<Scalar>(n, 6);
    const cuda::TileRows tiles =
        is_compact ? cuda::compact_tiles(m.view(), rows) : cuda::bands_of(n, rows);
    const auto packed = cuda::pack_tiles(m.view(), tiles, depth);
    for (const int terms : {1, 3})
        for (const bool is_resident : {false, true}) {
            INFO(n << " rows, tiles of " << rows << ", depth " << depth << ", " << terms
                   << " terms, resident: " << is_resident);
            const Recurrence r = recurrence(terms, 5);
            CHECK(same_bits(tiled(packed, is_resident, r, n), expected(m, r)));
        }
}

}  // namespace

TEST_CASE("slices of 32 rows give the reference's bits on a device, level by level") {
    if (!has_fused_multiply_add()) return;
    for (const int n : {1, 31, 32, 33, 300}) check_rows<double>(n, 1);
    check_rows<double>(300, 128);
    check_rows<float>(100, 1);
    check_rows<std::complex<double>>(100, 64);
    check_rows<std::complex<float>>(65, 1);
}

TEST_CASE("slices of blocks give the reference's bits on a device") {
    if (!has_fused_multiply_add()) return;
    for (const int n : {1, 32, 70}) {
        const Csr<double> m = in_blocks(band<double>(n, 4), 3);
        const auto packed = cuda::pack_slices(m.view(), 3);
        const Recurrence r = recurrence(3, 3);
        CHECK(same_bits(cooperative<double>(cuda::blocks_view<3>(packed, here), r, 3 * n),
                        expected(m, r)));
    }
    const auto m = in_blocks(band<std::complex<float>>(40, 4), 2);
    const auto packed = cuda::pack_slices(m.view(), 2, 16);
    const Recurrence r = recurrence(2, 3);
    CHECK(same_bits(cooperative<std::complex<float>>(cuda::blocks_view<2>(packed, here), r, 80),
                    expected(m, r)));
}

TEST_CASE("blocks that are not full are filled with zeros, which add nothing") {
    if (!has_fused_multiply_add()) return;
    const Csr<double> m = band<double>(99, 5);
    const auto packed = cuda::pack_slices(m.view(), 3);
    CHECK(packed.value.size() > m.value.size());
    const Recurrence r = recurrence(1, 3);
    CHECK(
        same_bits(cooperative<double>(cuda::blocks_view<3>(packed, here), r, 99), expected(m, r)));
}

TEST_CASE("tiles with ghost rows give the reference's bits on a device") {
    if (!has_fused_multiply_add()) return;
    for (const int n : {1, 33, 200}) check_tiles<double>(n, 32, 2);
    check_tiles<double>(200, 50, 1);
    check_tiles<double>(200, 50, 3);  // two levels in the last sweep
    check_tiles<double>(200, 500, 5);
    check_tiles<double>(200, 50, 2, true);
    check_tiles<float>(150, 40, 4);
    check_tiles<std::complex<double>>(150, 40, 2);
    check_tiles<std::complex<float>>(90, 64, 3);
}

TEST_CASE("what fills up a slice is not read") {
    if (!has_fused_multiply_add()) return;
    const Csr<double> m = band<double>(40, 9);
    auto packed = cuda::pack_slices(m.view());
    std::vector<char> is_used(packed.value.size());
    for (std::size_t place = 0; place < packed.length.size(); ++place)
        for (int j = 0; j < packed.length[place]; ++j)
            is_used[static_cast<std::size_t>(packed.start[place / 32] + 32 * j) + place % 32] = 1;
    std::size_t filled = 0;
    for (std::size_t e = 0; e < is_used.size(); ++e)
        if (!is_used[e]) {
            packed.value[e] = std::numeric_limits<double>::quiet_NaN();
            ++filled;
        }
    REQUIRE(filled > 0);
    const Recurrence r = recurrence(1, 2);
    CHECK(same_bits(cooperative<double>(cuda::rows_view(packed, here), r, 40), expected(m, r)));
}

TEST_CASE("rows sorted by length within a window leave less to fill up") {
    const Csr<double> m = band<double>(512, 20);
    const auto plain = cuda::pack_slices(m.view(), 1, 1);
    const auto sorted = cuda::pack_slices(m.view(), 1, 256);
    CHECK(sorted.value.size() < plain.value.size());
}

TEST_CASE("the threads of a warp read neighbours at one time") {
    const Csr<double> m = band<double>(64, 40);
    const auto packed = cuda::pack_slices(m.view());
    for (std::size_t place = 0; place < 64; ++place) {
        const auto row = static_cast<std::size_t>(packed.row[place]);
        const auto first = static_cast<std::size_t>(m.row_start[row]);
        for (int j = 0; j < packed.length[place]; ++j) {
            const auto at =
                static_cast<std::size_t>(packed.start[place / 32] + 32 * j) + place % 32;
            REQUIRE(packed.value[at] == m.value[first + static_cast<std::size_t>(j)]);
        }
    }
}

TEST_CASE("a tile knows the rows of each level: its own last, ghosts before") {
    Csr<double> line;  // a three-point stencil
    line.columns = 12;
    for (int i = 0; i < 12; ++i) {
        for (int j = std::max(0, i - 1); j <= std::min(11, i + 1); ++j) {
            line.column.push_back(j);
            line.value.push_back(1.0);
        }
        line.row_start.push_back(static_cast<std::int64_t>(line.column.size()));
    }
    const auto tiles = cuda::pack_tiles(line.view(), cuda::bands_of(12, 4), 2);
    CHECK(tiles.level_end == std::vector{6, 5, 4, 8, 6, 4, 6, 5, 4});
    CHECK(std::vector(tiles.row.begin() + 6, tiles.row.begin() + 14) ==
          std::vector{4, 5, 6, 7, 3, 8, 2, 9});
    CHECK(tiles.most_rows == 8);
    CHECK(tiles.redundancy() == Approx((5 + 6 + 5 + 12) / 24.0));
}

TEST_CASE("compact tiles hold each row once, and need fewer ghosts of a plane than bands") {
    const Csr<double> plane = krylov::generate("stencil:5pt:40");
    const cuda::TileRows compact = cuda::compact_tiles(plane.view(), 100);
    CHECK(compact.end.size() == 16);
    std::vector<std::int32_t> rows = compact.row;
    std::ranges::sort(rows);
    CHECK(rows == cuda::bands_of(1600, 100).row);
    CHECK(compact.end.back() == 1600);
    CHECK(cuda::pack_tiles(plane.view(), compact, 4).redundancy() <
          cuda::pack_tiles(plane.view(), cuda::bands_of(1600, 100), 4).redundancy());
}

TEST_CASE("a matrix that is not of whole blocks is refused") {
    const Csr<double> m = band<double>(10, 2);
    CHECK(message_of<asp::InputError>([&] { cuda::pack_slices(m.view(), 3); }) ==
          "block = 3: expected a divisor of the 10 rows and 10 columns of the matrix");
}

TEST_CASE("a tile with too many ghosts for 16 bits is refused") {
    Csr<double> m;
    m.columns = 70000;
    for (int i = 0; i < 70000; ++i) {
        m.column.push_back(i);
        m.value.push_back(1.0);
        m.row_start.push_back(i + 1);
    }
    CHECK(message_of<asp::InputError>(
              [&] { cuda::pack_tiles(m.view(), cuda::bands_of(70000, 70000), 2); }) ==
          "a tile of 70000 rows, 2 levels deep, has 70000 rows with its ghosts: expected at most "
          "65536, by fewer rows or levels");
}
