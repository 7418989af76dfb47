#include "krylov/distributed/distributed_akx.hpp"

#include <algorithm>
#include <random>

#include "asp/base/error.hpp"
#include "krylov/distributed/testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

namespace {

constexpr DistributedMethod methods[] = {DistributedMethod::pa1, DistributedMethod::pa2};

/// Elements that differ from the reference in any bit, on this rank.
std::size_t differing(const Csr<double>& matrix, const RowLayout& layout,
                      const Recurrence& recurrence, DistributedMethod method, int vectors = 1) {
    const Block block = block_of(matrix, layout);
    const auto whole = whole_basis(matrix, recurrence, static_cast<std::size_t>(vectors));
    auto basis = own_start(whole, block);
    DistributedAkx akx(
        world(), block.view(),
        {.k = static_cast<int>(recurrence.k()), .vectors = vectors, .method = method});
    akx.powers(basis, recurrence);
    // Again: persistent messages must not remember.
    std::fill(basis.begin() + static_cast<std::ptrdiff_t>(basis.size() / basis.extent(0)),
              basis.end(), -7.0);
    akx.powers(basis, recurrence);
    return differing_bits(basis, whole, block.first);
}

/// Many shapes: stencils, no structure, no rows, rows without entries, dense, one way only.
std::vector<Csr<double>> matrices() {
    std::vector<Csr<double>> all{laplacian(50), convection_diffusion(13, 11),
                                 random_matrix(60, 60, 0.05, 1), random_matrix(45, 45, 0.015, 2),
                                 random_matrix(9, 9, 1.0, 3)};
    for (const std::int32_t rows : {0, 1, 2, 3}) all.push_back(laplacian(rows));
    all.push_back(from_rows(6, {{{1, 0.5}}, {{2, 0.25}}, {{3, 2.0}}, {{4, -1.0}}, {{5, 3.0}}, {}}));
    return all;
}

}  // namespace

TEST_CASE("any number of ranks gives the reference's bits, for every k") {
    for (const Csr<double>& matrix : matrices())
        for (const DistributedMethod method : methods)
            for (std::size_t k = 1; k <= 6; ++k) {
                const auto rows = matrix.rows();
                CAPTURE(rows, k, method);
                CHECK(differing(matrix, even_layout(rows, world().size()), monomial_basis(k),
                                method) == 0);
                CHECK(differing(matrix, uneven_layout(rows), monomial_basis(k), method) == 0);
            }
}

TEST_CASE("random structures in random layouts give the reference's bits") {
    std::mt19937_64 random(17);  // the same on all ranks
    const auto below = [&random](std::uint64_t end) {
        return static_cast<std::int32_t>(random() % end);
    };
    for (int round = 0; round < 40; ++round) {
        const std::int32_t rows = 1 + below(80);
        const double density = (0.3 + below(60) / 10.0) / rows;
        const Csr<double> matrix = random_matrix(rows, rows, density, random());
        RowLayout layout;
        for (int rank = 1; rank < world().size(); ++rank)
            layout.start.push_back(below(static_cast<std::uint64_t>(rows) + 1));
        layout.start.push_back(rows);
        std::ranges::sort(layout.start);
        const auto k = static_cast<std::size_t>(1 + below(6));
        CAPTURE(round, rows, density, k);
        for (const DistributedMethod method : methods)
            CHECK(differing(matrix, layout, chebyshev_basis(k, 0.1, 1.3), method) == 0);
    }
}

TEST_CASE("recurrences give the reference's bits") {
    for (const Csr<double>& matrix : matrices())
        for (const DistributedMethod method : methods)
            for (const std::string name : {"newton", "chebyshev"}) {
                const Recurrence recurrence = basis_named(name, matrix.view(), 5);
                CAPTURE(matrix.rows(), name, method);
                CHECK(differing(matrix, even_layout(matrix.rows(), world().size()), recurrence,
                                method) == 0);
            }
}

TEST_CASE("several vectors at once, and messages past MPI's eager size, give the same bits") {
    const Csr<double> matrix = convection_diffusion(200, 60);
    for (const DistributedMethod method : methods)
        CHECK(differing(matrix, even_layout(matrix.rows(), world().size()),
                        chebyshev_basis(6, 0.8, 0.9), method, 3) == 0);
}

TEST_CASE("a polynomial gives the reference's bits") {
    const Csr<double> matrix = convection_diffusion(13, 11);
    const Block block = block_of(matrix, even_layout(matrix.rows(), world().size()));
    const Polynomial polynomial = chebyshev_smoother(4, 0.2, 1.7);
    const auto whole = whole_basis(matrix, polynomial.recurrence, 2);
    asp::Array<double, 3> expected({1, 2, whole.extent(2)});
    reference_polynomial(matrix.view(), polynomial, asp::View<const double, 3>(whole)[0],
                         expected[0]);
    const auto start = own_start(whole, block);
    for (const DistributedMethod method : methods) {
        DistributedAkx akx(world(), block.view(), {.k = 4, .vectors = 2, .method = method});
        asp::Array<double, 3> result({1, 2, block.rows()});
        akx.polynomial(start.view()[0], polynomial, result[0]);
        CHECK(differing_bits(result, expected, block.first) == 0);
    }
}

TEST_CASE("a chain of points costs one message to each neighbour, of k values, whatever k") {
    const std::int32_t n = 60;
    const Block block = block_of(laplacian(n), even_layout(n, world().size()));
    const std::int64_t neighbours =
        (world().rank() > 0 ? 1 : 0) + (world().rank() + 1 < world().size() ? 1 : 0);
    for (const int k : {1, 2, 4, 7}) {
        const DistributedAkx akx(world(), block.view(), {.k = k});
        const DistributedCost& cost = akx.cost();
        CHECK(cost.messages_sent == neighbours);
        CHECK(cost.messages_received == neighbours);
        CHECK(cost.bytes_sent == neighbours * k * 8);
        CHECK(cost.bytes_received == neighbours * k * 8);
        CHECK(cost.ghost_rows == neighbours * k);
        CHECK(cost.needed_products == block.view().nonzeros() * k);
        // A ghost row at distance d is needed at levels 1 to k - d; it has three entries.
        CHECK(cost.redundant_products == neighbours * 3 * k * (k - 1) / 2);
    }
}

TEST_CASE("PA2 makes fewer products twice than PA1, with as many messages") {
    const std::int32_t n = 60;
    const Block block = block_of(laplacian(n), even_layout(n, world().size()));
    const std::int64_t neighbours =
        (world().rank() > 0 ? 1 : 0) + (world().rank() + 1 < world().size() ? 1 : 0);
    const DistributedAkx akx(world(), block.view(), {.k = 4, .method = DistributedMethod::pa2});
    CHECK(akx.cost().messages_sent == neighbours);
    // The owner of a ghost at distance d makes its levels up to d - 1; left are d to 4 - d: levels
    // 1 to 3 of the first and level 2 of the second. PA1 has 6.
    CHECK(akx.cost().redundant_products == neighbours * 3 * 4);
}

TEST_CASE("values that go one way only cost messages one way only") {
    // Row i reads column i + 1: the first rank hears of all others and tells nobody.
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows;
    for (std::int32_t i = 0; i < 30; ++i) rows.push_back({{std::min(i + 1, 29), 0.5}});
    const Block block = block_of(from_rows(30, rows), even_layout(30, world().size()));
    const DistributedAkx akx(world(), block.view(), {.k = 3});
    CHECK(akx.cost().messages_sent == (world().rank() > 0 ? 1 : 0));
    CHECK(akx.cost().messages_received == (world().rank() + 1 < world().size() ? 1 : 0));
}

TEST_CASE("the layout is what the ranks brought") {
    const RowLayout layout = uneven_layout(23);
    const Block block = block_of(laplacian(23), layout);
    CHECK(DistributedAkx(world(), block.view(), {.k = 2}).layout().start == layout.start);
}
