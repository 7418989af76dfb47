// Tiles that stand alone, with register blocks: what they give, and what is said of them.
#include <array>
#include <complex>

#include "asp/base/error.hpp"
#include "krylov/akx_testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

namespace {

/// Blocks of rows that read a few others near them and one anywhere; a sixth of their numbers, and
/// some blocks' all, are missing.
Csr<double> torn_blocks(std::int32_t blocks, std::int32_t block, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<bool> is_there(static_cast<std::size_t>(blocks * blocks), false);
    const auto place = [&](std::int32_t i, std::int32_t j) {
        return static_cast<std::size_t>(i * blocks + j);
    };
    for (std::int32_t i = 0; i < blocks; ++i) {
        for (std::int32_t j = std::max(0, i - 4); j < std::min(blocks, i + 4); ++j)
            is_there[place(i, j)] = random() % 2 == 0;
        if (random() % 8 == 0)
            is_there[place(
                i, static_cast<std::int32_t>(random() % static_cast<unsigned>(blocks)))] = true;
    }
    return pattern(
        blocks * block,
        [&](auto i, auto j) { return is_there[place(i / block, j / block)] && random() % 6 != 0; },
        seed);
}

Call blocked(int block, int k, int depth) {
    Call call;
    call.options = {.k = k, .method = Method::explicit_tiles, .storage = Storage::block_rows};
    call.options.block = block;
    call.options.depth = depth;
    call.options.tile_kib = 2;
    call.options.budget = 0.0;
    return call;
}

Plan plan_of(const Csr<double>& matrix, PlanOptions options) {
    options.budget = 0.0;
    return Akx<double>(matrix.view(), options, plain_context()).plan();
}

/// Every block with every depth, the rest by turns.
template <class Scalar>
void expect_reference_of_blocks(int k) {
    const Harts two(2), three(3);
    const std::array<const Harts*, 3> all{nullptr, &two, &three};
    for (const int block : {1, 2, 3, 4, 5, 6}) {
        const auto matrix = with_values_of<Scalar>(torn_blocks(47, block, 20U + unsigned(block)));
        for (int depth = 1; depth <= k; ++depth) {
            Call call = blocked(block, k, depth);
            const auto turn = static_cast<std::size_t>(block + depth);
            call.harts = all[turn % 3];
            call.options.harts = call.harts != nullptr ? call.harts->team.harts() : 1;
            call.options.vectors = 1 + static_cast<int>(turn % 4);
            call.options.keep = turn % 2 == 0 ? Keep::basis : Keep::polynomial;
            call.options.tile_shape = depth % 2 == 0 ? TileShape::bands : TileShape::compact;
            call.terms = 1 + depth % 3;
            call.has_wide_columns = turn % 5 == 0;
            expect_reference(matrix, call);
        }
    }
}

std::string description(const char* text, std::optional<Storage> storage,
                        std::optional<int> block) {
    PlanOptions options{.method = Method::explicit_tiles, .storage = storage};
    options.block = block;
    options.tile_kib = 64;
    return plan_of(generate(text), options).chosen.describe();
}

}  // namespace

TEST_CASE("explicit tiles of blocks have the reference's bits: double, every block and depth") {
    expect_reference_of_blocks<double>(6);
}

TEST_CASE("explicit tiles of blocks have the reference's bits: float and complex") {
    expect_reference_of_blocks<float>(4);
    expect_reference_of_blocks<std::complex<double>>(3);
    expect_reference_of_blocks<std::complex<float>>(3);
}

TEST_CASE("explicit tiles of blocks have ghost rows: the matrices above make several tiles") {
    for (const int block : {1, 2, 3, 4, 5, 6}) {
        const Plan plan =
            plan_of(torn_blocks(47, block, 20U + unsigned(block)), blocked(block, 6, 2).options);
        CHECK(plan.tiles > 1);
        CHECK(plan.redundancy > 1.0);
    }
}

TEST_CASE("explicit tiles with indices of two and of four bytes have the reference's bits") {
    // The first block reads blocks on both sides of 65536 columns, so that its tile has them all.
    constexpr std::int32_t n = 66000;
    Csr<double> matrix;
    matrix.columns = n;
    for (std::int32_t i = 0; i < n; ++i) {
        for (std::int32_t j = i % 3 == 0 && i > 0 ? i - 1 : i; j < (i < 3 ? n : i + 1); ++j) {
            matrix.column.push_back(j);
            matrix.value.push_back(i == j ? 0.5 : 1e-5 * (j % 7));
        }
        matrix.row_start.push_back(matrix.nonzeros());
    }
    for (const int block : {1, 3}) {
        Call call = blocked(block, 3, 2);
        call.options.tile_kib = 256;
        expect_reference(matrix, call);
    }
}

TEST_CASE("explicit tiles take the blocks that are asked for, and say so") {
    const char* const three = "explicit, 3x3 blocks, depth 4, compact tiles of 64 KiB";
    CHECK(description("fem:6", Storage::block_rows, 3) == three);
    CHECK(description("fem:6", {}, 3) == three);
    CHECK(description("fem:6", {}, 2) == "explicit, 2x2 blocks, depth 4, compact tiles of 64 KiB");
    CHECK(description("fem:6", {}, 1) == "explicit, slices, depth 4, compact tiles of 64 KiB");
}

TEST_CASE("explicit tiles take blocks by themselves where blocks are the best storage") {
    CHECK(description("fem:6", {}, {}) == "explicit, 3x3 blocks, depth 4, compact tiles of 64 KiB");
    CHECK(description("stencil:5pt:60", {}, {}) ==
          "explicit, slices, depth 4, compact tiles of 64 KiB");
}

TEST_CASE("explicit tiles asked for in CSR have slices: each tile numbers rows of its own") {
    CHECK(description("fem:6", Storage::csr, {}) ==
          "explicit, slices, depth 4, compact tiles of 64 KiB");
}

TEST_CASE("explicit tiles keep few different numbers in a byte each") {
    Csr<double> matrix = generate("stencil:5pt:40");
    PlanOptions options{.method = Method::explicit_tiles};
    options.tile_kib = 1024;  // one tile: without ghost rows
    const Plan few = plan_of(matrix, options);
    for (std::size_t i = 0; i < matrix.value.size(); ++i)
        matrix.value[i] /= 3.0 + static_cast<double>(i);
    const Plan many = plan_of(matrix, options);
    REQUIRE(few.tiles == 1);
    REQUIRE(many.tiles == 1);
    CHECK(few.matrix_bytes + 7 * matrix.value.size() <= many.matrix_bytes);
}

TEST_CASE("explicit tiles of blocks that do not divide the rows are refused") {
    const auto message = [](std::optional<Storage> storage, std::optional<int> block) {
        PlanOptions options{.method = Method::explicit_tiles, .storage = storage};
        options.block = block;
        return message_of<asp::InputError>([&] { plan_of(laplacian(35), options); });
    };
    CHECK(message(Storage::block_rows, 3) == "block = 3: expected a divisor of the 35 rows");
    CHECK(message({}, 2) == "block = 2: expected a divisor of the 35 rows");
    CHECK(message(Storage::block_rows, {}) ==
          "storage = blocks: expected rows that come in blocks; give a block that divides their "
          "number");
}
