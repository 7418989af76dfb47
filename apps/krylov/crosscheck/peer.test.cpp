#include "krylov/crosscheck/peer.hpp"

#include <cmath>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/crosscheck/detail/shared_library.hpp"
#include "krylov/crosscheck/testing.hpp"

using namespace krylov;
using asp::testing::message_of;

TEST_CASE("Eigen's powers are the reference's but for rounding") {
    for (const Csr<double>& matrix :
         {testing::convection_diffusion(17, 9), testing::random_matrix(61, 61, 0.1, 3),
          testing::from_rows(0, {}), testing::from_rows(2, {{}, {{0, 2.0}}})}) {
        const auto x = testing::random_vector(static_cast<std::size_t>(matrix.rows()), 4);
        const PeerRun run = eigen_powers(matrix.view(), x, 5, 2);
        CHECK(run.name == "Eigen");
        CHECK(run.seconds >= 0.0);
        testing::check_powers(matrix, x, run.basis);
    }
}

TEST_CASE("Eigen multiplies a rectangular matrix") {
    const Csr<double> matrix = testing::from_rows(3, {{{0, 2.0}, {2, 3.0}}, {{1, -1.0}}});
    const std::vector<double> x{1.0, 10.0, 100.0};
    std::vector<double> y(2);
    eigen_peer(matrix.view())->multiply(x, y);
    CHECK(y == std::vector{302.0, -10.0});
}

TEST_CASE("powers by another library need a square matrix and an x of its length") {
    const Csr<double> rectangle = testing::random_matrix(3, 4, 0.5, 1),
                      matrix = testing::laplacian(3);
    const std::vector<double> x(4, 1.0);
    CHECK(message_of<asp::InputError>([&] { eigen_powers(rectangle.view(), x, 2, 1); }) ==
          "Eigen: 3 rows and 4 columns: expected a square matrix");
    CHECK(message_of<asp::InputError>([&] { eigen_powers(matrix.view(), x, 2, 1); }) ==
          "Eigen: x has 4 elements: expected 3");
}

TEST_CASE("Eigen is given no more nonzeros than its indices count") {
    const std::vector<std::int64_t> row_start{0, std::int64_t{1} << 31};
    const CsrView<double> matrix{1, row_start, {}, {}};
    CHECK(message_of<asp::InputError>([&] { eigen_peer(matrix); }) ==
          "Eigen: 2147483648 nonzeros: expected fewer than 2^31");
}

TEST_CASE("a library that cannot be loaded is named, with the loader's reason") {
    CHECK(message_of<asp::BackendError>(
              [] { krylov::detail::symbol_of("libno_such_thing.so", "f"); }) ==
          "cannot load libno_such_thing.so: libno_such_thing.so: cannot open shared object file: "
          "No such file or directory");
}
