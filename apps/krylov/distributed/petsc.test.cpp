#include <petscmat.h>

#include <cmath>

#include "krylov/distributed/testing.hpp"

using namespace krylov;
using namespace krylov::testing;

namespace {

/// PETSc on the ranks that are there, to the end of the process.
struct PetscSession {
    PetscSession() {
        world();  // MPI first: what starts first ends last
        PetscOptionsSetValue(nullptr, "-no_signal_handler", "true");
        REQUIRE(PetscInitializeNoArguments() == 0);
    }
    ~PetscSession() { PetscFinalize(); }
};

/// k parallel MatMults of MPIAIJ in the same layout; [k + 1, 1, own rows], [0] given.
void petsc_powers(const Block& block, asp::Array<double, 3>& basis) {
    const std::vector<PetscInt> row_start(block.row_start.begin(), block.row_start.end());
    const std::vector<PetscInt> column(block.column.begin(), block.column.end());
    const auto rows = static_cast<PetscInt>(block.rows());
    Mat matrix = nullptr;
    REQUIRE(MatCreateMPIAIJWithArrays(PETSC_COMM_WORLD, rows, rows, PETSC_DETERMINE,
                                      PETSC_DETERMINE, row_start.data(), column.data(),
                                      block.value.data(), &matrix) == 0);
    Vec x = nullptr, y = nullptr;
    REQUIRE(MatCreateVecs(matrix, &x, &y) == 0);
    for (std::size_t p = 0; p + 1 < basis.extent(0); ++p) {
        REQUIRE(VecPlaceArray(x, basis[p].data()) == 0);
        REQUIRE(VecPlaceArray(y, basis[p + 1].data()) == 0);
        REQUIRE(MatMult(matrix, x, y) == 0);
        VecResetArray(x);
        VecResetArray(y);
    }
    VecDestroy(&x);
    VecDestroy(&y);
    MatDestroy(&matrix);
}

}  // namespace

TEST_CASE("k parallel products of PETSc give the same but for rounding") {
    static const PetscSession session;
    for (const Csr<double>& matrix : {laplacian(50), convection_diffusion(30, 17),
                                      random_matrix(60, 60, 0.05, 1), laplacian(2)})
        for (const RowLayout& layout :
             {even_layout(matrix.rows(), world().size()), uneven_layout(matrix.rows())}) {
            constexpr std::size_t k = 6;
            const Block block = block_of(matrix, layout);
            const auto whole = whole_basis(matrix, monomial_basis(k), 1);
            auto ours = own_start(whole, block), theirs = ours;
            DistributedAkx akx(world(), block.view(), {.k = k});
            akx.powers(ours, monomial_basis(k));
            petsc_powers(block, theirs);
            // |A|_inf is at most 4, |x| at most 1/2, and rows have at most 10 entries.
            double bound = 0.5;
            for (std::size_t p = 0; p <= k; ++p, bound *= 4.0)
                for (std::size_t i = 0; i < block.rows(); ++i)
                    CHECK(std::abs(ours(p, 0, i) - theirs(p, 0, i)) <=
                          static_cast<double>(p) * 10.0 * 2.3e-16 * bound);
        }
}
