#include "krylov/workload.hpp"

#include <complex>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/generate.hpp"

using namespace krylov;
using asp::testing::message_of;

TEST_CASE("x is the same for the same seed, and lies between -1 and 1") {
    std::vector<double> x(1000), y(1000);
    fill_random<double>(x);
    fill_random<double>(y);
    CHECK(x == y);
    fill_random<double>(y, 2);
    CHECK(x != y);
    double sum = 0.0;
    for (const double value : x) {
        CHECK((value >= -1.0 && value < 1.0));
        sum += value;
    }
    CHECK(std::abs(sum) < 100.0);  // five standard deviations of 1000 such numbers are 91
}

TEST_CASE("a polynomial without coefficients is the sum of all powers") {
    const Csr<double> matrix = generate("stencil:3pt:5");
    auto basis = make_workload(matrix.view(), monomial_basis(3), Keep::basis, 1);
    auto value = make_workload(matrix.view(), monomial_basis(3), Keep::polynomial, 1);
    CHECK(basis.results().extents() == asp::Extents<3>{3, 1, 5});
    CHECK(value.results().extents() == asp::Extents<3>{1, 1, 5});
    basis.vectors(0, 0, 2) = value.vectors(0, 0, 2) = 1.0;
    const auto powers = reference_results(basis), sum = reference_results(value);
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(sum(0, 0, i) ==
              Approx(basis.vectors(0, 0, i) + powers(0, 0, i) + powers(1, 0, i) + powers(2, 0, i)));
}

TEST_CASE("the infinity norm is the largest sum of absolute values in a row") {
    using C = std::complex<double>;
    const std::vector<Entry<C>> entries{{0, 0, C(3, 4)}, {0, 1, C(0, -1)}, {1, 1, C(2, 0)}};
    CHECK(infinity_norm(assemble<C>(2, 2, entries).view()) == 6.0);
}

TEST_CASE("coefficients of another number than k + 1 are refused") {
    const Csr<double> matrix = generate("stencil:3pt:5");
    const std::vector<double> two{1.0, 2.0};
    CHECK(message_of<asp::InputError>([&] {
              make_workload(matrix.view(), monomial_basis(3), Keep::polynomial, 1, two);
          }) == "--coefficients: 2 numbers: expected 4, one for each of x, A x, ..., A^k x");
}

TEST_CASE("more vectors than the machine has memory for are refused with what would do") {
    const std::vector<std::int64_t> start(1'000'001);  // empty rows
    const CsrView<double> matrix{1'000'000, start, {}, {}};
    const std::string message = message_of<asp::BackendError>(
        [&] { make_workload(matrix, monomial_basis(1'000'000), Keep::basis, 8); });
    CHECK(message.starts_with("8000008 vectors of 1000000 rows take 64 TB, and this machine has "));
    CHECK(message.ends_with(": a smaller --k, or --keep polynomial, needs less"));
}
