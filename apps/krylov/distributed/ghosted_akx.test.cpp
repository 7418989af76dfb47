#include "krylov/distributed/ghosted_akx.hpp"

#include <algorithm>

#include "krylov/distributed/testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

/// Elements that differ from the reference in any bit, on this rank.
std::size_t differing(const Csr<double>& matrix, const RowLayout& layout,
                      const Recurrence& recurrence, const PlanOptions& options) {
    const Block block = block_of(matrix, layout);
    const auto whole = whole_basis(matrix, recurrence, static_cast<std::size_t>(options.vectors));
    const auto start = own_start(whole, block);
    GhostedAkx akx(world(), block.view(), options, asp::process_context());
    const auto first = static_cast<std::size_t>(akx.first_own());
    // Elements of ghosts need not be set: nothing may come of what is in them.
    asp::Array<double, 3> basis(
        {whole.extent(0), whole.extent(1), static_cast<std::size_t>(akx.ghosted_rows())}, 1e30);
    auto own = start;
    for (std::size_t v = 0; v < whole.extent(1); ++v)
        std::copy_n(start[0][v].data(), block.rows(), &basis(0, v, 0) + first);
    akx.powers(basis, recurrence);
    for (std::size_t p = 0; p < whole.extent(0); ++p)
        for (std::size_t v = 0; v < whole.extent(1); ++v)
            std::copy_n(&basis(p, v, 0) + first, block.rows(), own[p][v].data());
    return differing_bits(own, whole, block.first);
}

}  // namespace

TEST_CASE("any number of ranks gives the reference's bits, whatever each rank's plan") {
    for (const Csr<double>& matrix :
         {laplacian(50), convection_diffusion(40, 31), random_matrix(60, 60, 0.05, 1),
          random_matrix(45, 45, 0.015, 2), laplacian(2), laplacian(0)})
        for (const auto method : {Method::plain, Method::implicit_tiles, Method::explicit_tiles})
            for (const int k : {1, 2, 5}) {
                PlanOptions options{.k = k};
                options.method = method;
                // Another plan on another rank.
                if (world().rank() == 1) options.method = Method::plain;
                CAPTURE(matrix.rows(), k, static_cast<int>(method));
                const auto recurrence = monomial_basis(static_cast<std::size_t>(k));
                const auto rows = matrix.rows();
                CHECK(differing(matrix, even_layout(rows, world().size()), recurrence, options) ==
                      0);
                CHECK(differing(matrix, uneven_layout(rows), recurrence, options) == 0);
            }
}

TEST_CASE("with a recurrence and several vectors the bits are the reference's too") {
    const Csr<double> matrix = convection_diffusion(40, 31);
    CHECK(differing(matrix, even_layout(matrix.rows(), world().size()),
                    chebyshev_basis(4, 0.8, 0.9),
                    {.k = 4, .vectors = 2, .has_recurrence = true}) == 0);
}

TEST_CASE("the closure of a chain of points has k ghosts at each neighbour's side") {
    const Block block = block_of(laplacian(60), even_layout(60, world().size()));
    const GhostedAkx akx(world(), block.view(), {.k = 5}, asp::process_context());
    const std::int64_t before = world().rank() > 0 ? 1 : 0;
    const std::int64_t after = world().rank() + 1 < world().size() ? 1 : 0;
    CHECK(akx.first_own() == 5 * before);
    CHECK(akx.ghosted_rows() == static_cast<std::int64_t>(block.rows()) + 5 * (before + after));
    CHECK(akx.cost().messages_sent == before + after);
    CHECK(akx.cost().bytes_sent == 8 * 5 * (before + after));
    // Four of five ghosts have their three entries, at all five levels.
    CHECK(akx.cost().redundant_products == 5 * 3 * 4 * (before + after));
}
