#include <csignal>

#include "asp/base/error.hpp"
#include "krylov/crosscheck/peer.hpp"
#include "krylov/crosscheck/testing.hpp"

using namespace krylov;
using asp::testing::message_of;

TEST_CASE("PETSc's powers are the reference's but for rounding") {
    for (const Csr<double>& matrix :
         {testing::convection_diffusion(17, 9), testing::random_matrix(61, 61, 0.1, 3),
          testing::from_rows(0, {}), testing::from_rows(2, {{}, {{0, 2.0}}})}) {
        const auto x = testing::random_vector(static_cast<std::size_t>(matrix.rows()), 4);
        const PeerRun run = petsc_powers(matrix.view(), x, 5, 2);
        CHECK(run.name == "PETSc AIJ");
        CHECK(run.version.starts_with("3."));
        testing::check_powers(matrix, x, run.basis);
    }
}

TEST_CASE("PETSc's block formats give the same") {
    const Csr<double> matrix = testing::laplacian(60);
    const auto x = testing::random_vector(60, 5);
    for (const int block : {1, 2, 3, 5}) {
        const auto blocks = petsc_peer(matrix.view(), PetscFormat::block_aij, block);
        CHECK(blocks->name == "PETSc BAIJ " + std::to_string(block));
        testing::check_powers(matrix, x, run_powers(*blocks, matrix.view(), x, 4, 1).basis);
        const auto half = petsc_peer(matrix.view(), PetscFormat::symmetric_block_aij, block);
        CHECK(half->name == "PETSc SBAIJ " + std::to_string(block));
        testing::check_powers(matrix, x, run_powers(*half, matrix.view(), x, 4, 1).basis);
    }
}

TEST_CASE("PETSc multiplies a rectangular matrix") {
    const Csr<double> matrix = testing::from_rows(3, {{{0, 2.0}, {2, 3.0}}, {{1, -1.0}}});
    const std::vector<double> x{1.0, 10.0, 100.0};
    std::vector<double> y(2);
    petsc_peer(matrix.view())->multiply(x, y);
    CHECK(y == std::vector{302.0, -10.0});
}

TEST_CASE("PETSc is given blocks that divide the matrix and symmetry where there is some") {
    const Csr<double> matrix = testing::convection_diffusion(5, 2);
    CHECK(message_of<asp::InputError>([&] {
              petsc_peer(matrix.view(), PetscFormat::block_aij, 3);
          }) == "PETSc: blocks of 3: expected a divisor of 10 rows and 10 columns");
    CHECK(message_of<asp::InputError>([&] {
              petsc_peer(matrix.view(), PetscFormat::symmetric_block_aij, 2);
          }) == "PETSc SBAIJ: expected a symmetric matrix");
}

TEST_CASE("what PETSc reports is an error of the back end, and the process goes on") {
    const std::vector<std::int64_t> row_start{1, 2};
    const std::vector<std::int32_t> column{0, 0};
    const std::vector<double> value{1.0, 2.0};
    const std::string message = message_of<asp::BackendError>([&] {
        petsc_peer(CsrView<double>{1, row_start, column, value});
    });
    CHECK(message.starts_with("PETSc: MatCreateSeqAIJWithArrays: "));
    CHECK_NOTHROW(petsc_peer(testing::laplacian(4).view()));
}

TEST_CASE("PETSc leaves the process' signals alone") {
    const Csr<double> matrix = testing::laplacian(4);
    petsc_peer(matrix.view());
    // Catch2 has handlers of its own for others.
    for (const int signal : {SIGHUP, SIGQUIT, SIGURG})
        CHECK(std::signal(signal, SIG_DFL) == SIG_DFL);
}
