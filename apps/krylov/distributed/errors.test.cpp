#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "krylov/distributed/distributed_akx.hpp"
#include "krylov/distributed/ghosted_akx.hpp"
#include "krylov/distributed/testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

namespace {

int last() {
    return world().size() - 1;
}
bool is_last() {
    return world().rank() == last();
}

Block good_block() {
    return block_of(laplacian(12), even_layout(12, world().size()));
}

/// What all ranks hear where only the last one's block is spoilt.
std::string heard(const Block& block, const DistributedOptions& options = {.k = 2}) {
    return message_of<asp::InputError>([&] { DistributedAkx(world(), block.view(), options); });
}

std::string by_last(const std::string& problem) {
    return fmt::format("rank {}: {}", last(), problem);
}

}  // namespace

TEST_CASE("all ranks hear of a column out of range on one") {
    Block block = good_block();
    if (is_last()) block.column.back() = 12;
    CHECK(heard(block) == by_last("row 11: column 12: expected 0 to 11"));
}

TEST_CASE("all ranks hear of columns that do not rise on one") {
    Block block = good_block();
    if (is_last()) block.column.back() = 10;
    CHECK(heard(block) == by_last("row 11: column 10 after 10: expected rising columns"));
}

TEST_CASE("all ranks hear of row starts that do not fit on one") {
    Block block = good_block();
    if (is_last()) std::swap(block.row_start[1], block.row_start[2]);
    const auto first = even_layout(12, world().size()).start[static_cast<std::size_t>(last())];
    const int entries = first == 0 ? 2 : 3;
    CHECK(heard(block) ==
          by_last(fmt::format("row {}: starts at {} and ends at {}: expected rising row starts",
                              first + 1, entries + 3, entries)));
    if (is_last()) block.row_start.clear();
    const auto nonzeros = std::ssize(block.column);
    const std::string message = heard(block);
    if (is_last())
        CHECK(message ==
              by_last(fmt::format("row starts, {} columns and {} values: expected starts "
                                  "from 0 to their number",
                                  nonzeros, nonzeros)));
    CHECK(message.starts_with(by_last("row starts, ")));
}

TEST_CASE("all ranks hear where the rows make no square matrix") {
    Block block = good_block();
    block.columns = 13;
    CHECK(heard(block) ==
          "rank 0: 13 columns and, on all ranks, 12 rows: expected a square matrix");
}

TEST_CASE("all ranks hear of options out of range") {
    const Block block = good_block();
    CHECK(heard(block, {.k = is_last() ? 0 : 2}) == by_last("k = 0: expected 1 or more"));
    CHECK(heard(block, {.k = 2, .vectors = is_last() ? 9 : 1}) ==
          by_last("vectors = 9: expected 1 to 8"));
}

TEST_CASE("all ranks hear where they were given different things") {
    if (world().size() == 1) {
        WARN("skipped: takes two ranks");
        return;
    }
    Block block = good_block();
    CHECK(heard(block, {.k = is_last() ? 3 : 2}) ==
          by_last("k = 3, vectors = 1, method PA1: expected 2, 1, PA1 as on rank 0"));
    CHECK(heard(block,
                {.k = 2, .method = is_last() ? DistributedMethod::pa2 : DistributedMethod::pa1}) ==
          by_last("k = 2, vectors = 1, method PA2: expected 2, 1, PA1 as on rank 0"));
    if (is_last()) block.columns = 14;
    CHECK(heard(block) == by_last("14 columns: expected 12 as on rank 0"));
}

TEST_CASE("all ranks hear of a call that does not fit on one, and the next call is good again") {
    const Csr<double> matrix = laplacian(12);
    const Block block = good_block();
    for (const DistributedMethod method : {DistributedMethod::pa1, DistributedMethod::pa2}) {
        DistributedAkx akx(world(), block.view(), {.k = 2, .method = method});
        const auto whole = whole_basis(matrix, monomial_basis(2), 1);
        auto basis = own_start(whole, block);
        asp::Array<double, 3> wrong({3, 1, 99});
        CHECK(message_of<asp::InputError>(
                  [&] { akx.powers(is_last() ? wrong : basis, monomial_basis(2)); }) ==
              by_last(fmt::format("basis [3, 1, 99]: expected [3, 1, {}]", 12 / world().size())));
        CHECK(message_of<asp::InputError>([&] {
                  akx.powers(basis, monomial_basis(is_last() ? 5 : 2));
              }) == by_last("a recurrence of 5, 5 and 5 coefficients: expected 2, which is k"));
        akx.powers(basis, monomial_basis(2));
        CHECK(differing_bits(basis, whole, block.first) == 0);
    }
}

TEST_CASE("all ranks hear of a polynomial that does not fit on one") {
    const Block block = good_block();
    DistributedAkx akx(world(), block.view(), {.k = 2});
    asp::Array<double, 2> x({1, block.rows()}), result({1, block.rows()}), longer({1, 99});
    Polynomial polynomial = chebyshev_smoother(2, 1.0, 4.0);
    CHECK(message_of<asp::InputError>([&] {
              akx.polynomial(x, polynomial, is_last() ? longer : result);
          }) == by_last(fmt::format("x [1, {0}] and result [1, 99]: expected the same sizes",
                                    12 / world().size())));
    if (is_last()) polynomial.coefficient.push_back(1.0);
    CHECK(message_of<asp::InputError>([&] { akx.polynomial(x, polynomial, result); }) ==
          by_last("4 coefficients for a recurrence of 2 steps: expected one more than steps"));
}

TEST_CASE("all ranks hear of a plan that cannot be on one, and of a call that does not fit") {
    const Block block = good_block();
    PlanOptions options{.k = 2};
    if (is_last()) options.block = 9;
    const asp::Context context = asp::process_context();
    const std::string message =
        message_of<asp::InputError>([&] { GhostedAkx(world(), block.view(), options, context); });
    CHECK(message.starts_with(by_last("")));
    CHECK(message.find("block = 9") != std::string::npos);

    GhostedAkx akx(world(), block.view(), {.k = 2}, context);
    const auto rows = static_cast<std::size_t>(akx.ghosted_rows());
    asp::Array<double, 3> basis({3, 1, rows}), wrong({3, 1, 99});
    const auto of_last = static_cast<std::int64_t>(12 / world().size() + (last() > 0 ? 2 : 0));
    CHECK(message_of<asp::InputError>([&] {
              akx.powers(is_last() ? wrong : basis, monomial_basis(2));
          }) == by_last(fmt::format("basis [3, 1, 99]: expected [3, 1, {}]", of_last)));
}
