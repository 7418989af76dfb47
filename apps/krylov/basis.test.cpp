#include "krylov/basis.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/reference.hpp"
#include "krylov/testing.hpp"

using namespace krylov;
using asp::testing::message_of;
using Complex = std::complex<double>;

namespace {

constexpr double epsilon = 2.3e-16;

/// The basis [k + 1, n] from this start.
asp::Array<double, 3> powers(const Csr<double>& matrix, const Recurrence& recurrence,
                             std::span<const double> start) {
    asp::Array<double, 3> basis({recurrence.k() + 1, 1, start.size()});
    std::ranges::copy(start, basis.begin());
    reference_powers(matrix.view(), recurrence, basis.view());
    return basis;
}

/// The polynomials of a basis at `points`: a diagonal matrix applied to ones.
asp::Array<double, 3> values_at(std::span<const double> points, const Recurrence& recurrence) {
    const std::vector<double> ones(points.size(), 1.0);
    return powers(testing::diagonal(points), recurrence, ones);
}

/// 1 - t p(t) at `points`.
std::vector<double> residuals_at(std::span<const double> points, const Polynomial& p) {
    const std::vector<double> ones(points.size(), 1.0);
    asp::Array<double, 2> result({1, points.size()});
    reference_polynomial(testing::diagonal(points).view(), p,
                         asp::View<const double, 2>(ones.data(), {1, points.size()}),
                         result.view());
    std::vector<double> residuals;
    for (std::size_t i = 0; i < points.size(); ++i)
        residuals.push_back(1.0 - points[i] * result(0, i));
    return residuals;
}

std::vector<double> evenly(double low, double high, std::size_t count) {
    std::vector<double> points;
    for (std::size_t i = 0; i < count; ++i)
        points.push_back(low +
                         (high - low) * static_cast<double>(i) / static_cast<double>(count - 1));
    return points;
}

double largest(std::span<const double> values) {
    double most = 0.0;
    for (const double value : values) most = std::max(most, std::abs(value));
    return most;
}

/// Of the basis' vectors, each brought to length 1, so that directions count and not scales.
double condition(const asp::Array<double, 3>& basis) {
    const auto n = static_cast<Eigen::Index>(basis.extent(2));
    Eigen::MatrixXd vectors(n, static_cast<Eigen::Index>(basis.extent(0)));
    for (std::size_t p = 0; p < basis.extent(0); ++p)
        vectors.col(static_cast<Eigen::Index>(p)) =
            Eigen::Map<const Eigen::VectorXd>(&basis(p, 0, 0), n).normalized();
    const Eigen::VectorXd singular = Eigen::JacobiSVD<Eigen::MatrixXd>(vectors).singularValues();
    return singular(0) / singular(singular.size() - 1);
}

}  // namespace

TEST_CASE("a Newton basis with a matrix's eigenvalues as shifts annihilates any vector") {
    const std::vector<double> eigenvalues{3.0, -1.0, 0.5, 2.0};
    const std::vector<Complex> shifts(eigenvalues.begin(), eigenvalues.end());
    const auto basis = values_at(eigenvalues, newton_basis(shifts));
    for (std::size_t p = 0; p <= 4; ++p)
        for (std::size_t i = 0; i < 4; ++i) {
            // Products of small integers and halves: exact. x_p has the first p eigenvalues as
            // zeros.
            double expected = 1.0;
            for (std::size_t j = 0; j < p; ++j) expected *= eigenvalues[i] - eigenvalues[j];
            CHECK(basis(p, 0, i) == expected);
        }
}

TEST_CASE("a conjugate pair of shifts in real arithmetic is (A - theta)(A - conj theta)") {
    const Csr<double> matrix = testing::random_matrix(40, 40, 0.2, 7);
    const auto start = testing::random_vector(40, 8);
    const Complex theta(0.3, 0.7);
    const double scale = 1.5;
    const std::vector<Complex> shifts{Complex(0.1), theta, std::conj(theta), Complex(-0.2)};
    const auto basis = powers(matrix, newton_basis(shifts, scale), start);

    Eigen::MatrixXcd dense = Eigen::MatrixXcd::Zero(40, 40);
    for (std::int32_t i = 0; i < 40; ++i)
        for (auto j = matrix.row_start[static_cast<std::size_t>(i)];
             j < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++j)
            dense(i, matrix.column[static_cast<std::size_t>(j)]) =
                matrix.value[static_cast<std::size_t>(j)];
    Eigen::VectorXcd x(40);
    for (Eigen::Index i = 0; i < 40; ++i) x(i) = start[static_cast<std::size_t>(i)];
    for (std::size_t p = 0; p < 4; ++p) {
        x = scale * (dense * x - shifts[p] * x);
        if (p == 1) continue;  // between the two of a pair the complex vector is another
        for (std::size_t i = 0; i < 40; ++i) {
            const Complex exact = x(static_cast<Eigen::Index>(i));
            // A row has about 8 products; four levels of values below 4.
            CHECK(basis(p + 1, 0, i) == Approx(exact.real()).margin(100.0 * epsilon));
            CHECK(std::abs(exact.imag()) < 100.0 * epsilon);
        }
    }
}

TEST_CASE("a Newton basis with a pair torn apart says which conjugate is missing") {
    const std::vector<Complex> end{Complex(1.0), Complex(0.5, 2.0)};
    CHECK(message_of<asp::InputError>([&] { newton_basis(end); }) ==
          "Newton basis: shifts[1] = 0.5+2i: expected its conjugate 0.5-2i as the next");
    const std::vector<Complex> apart{Complex(0.5, -2.0), Complex(1.0), Complex(0.5, 2.0)};
    CHECK(message_of<asp::InputError>([&] { newton_basis(apart); }) ==
          "Newton basis: shifts[0] = 0.5-2i: expected its conjugate 0.5+2i as the next");
}

TEST_CASE("a Newton basis needs finite shifts and a scale other than zero") {
    const std::vector<Complex> one{Complex(1.0)}, infinite{Complex(INFINITY)};
    CHECK(message_of<asp::InputError>([&] { newton_basis(one, 0.0); }) ==
          "Newton basis: scale = 0: expected a number other than zero");
    CHECK(message_of<asp::InputError>([&] { newton_basis(infinite); }) ==
          "Newton basis: shifts[0] = inf: expected a finite number");
}

TEST_CASE("the Chebyshev basis is cos(p arccos) on its interval") {
    const auto points = evenly(1.0, 5.0, 41);
    const auto basis = values_at(points, chebyshev_basis(12, 3.0, 2.0));
    for (std::size_t p = 0; p <= 12; ++p)
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double angle = std::acos((points[i] - 3.0) / 2.0);
            // The recurrence gains at most p roundings a step, and its error grows like p^2.
            CHECK(basis(p, 0, i) ==
                  Approx(std::cos(static_cast<double>(p) * angle)).margin(150.0 * 2.0 * epsilon));
        }
}

TEST_CASE("each Chebyshev polynomial of an ellipse is at most 1 there and reaches it") {
    // Complex points by the recurrence itself, as matrices here are real.
    for (const Ellipse& ellipse : {Ellipse{1.0, 2.0, 0.5}, Ellipse{1.0, 0.5, 2.0},
                                   Ellipse{-3.0, 1.5, 1.5}, Ellipse{0.0, 0.0, 2.0}}) {
        const Recurrence basis = chebyshev_basis(9, ellipse);
        std::vector<double> most(10, 0.0);
        for (int i = 0; i < 720; ++i) {
            const double angle = std::numbers::pi / 360.0 * i;
            const Complex z(ellipse.centre + ellipse.half_width * std::cos(angle),
                            ellipse.half_height * std::sin(angle));
            Complex before = 0.0, here = 1.0;
            for (std::size_t p = 0; p < 9; ++p) {
                before =
                    std::exchange(here, (basis.a[p] * z + basis.b[p]) * here + basis.c[p] * before);
                most[p + 1] = std::max(most[p + 1], std::abs(here));
            }
        }
        // The maximum is at the end of the longer axis, which is among the points.
        for (std::size_t p = 1; p <= 9; ++p) CHECK(most[p] == Approx(1.0).epsilon(1e-12));
    }
}

TEST_CASE("a Chebyshev basis needs an extent") {
    CHECK(message_of<asp::InputError>([] { chebyshev_basis(3, 1.0, 0.0); }) ==
          "Chebyshev basis: focal_distance = 0: expected a positive number");
    CHECK(message_of<asp::InputError>([] {
              chebyshev_basis(3, Ellipse{1.0, 0.0, 0.0});
          }) ==
          "Chebyshev basis: ellipse around 1 of half width 0 and half height 0: expected finite "
          "numbers and some extent");
}

TEST_CASE("the enclosing ellipse of real values is their interval, widened") {
    const std::vector<Complex> values{Complex(4.0), Complex(0.0), Complex(1.0)};
    const Ellipse ellipse = enclosing_ellipse(values, 0.1);
    CHECK(ellipse.centre == 2.0);
    CHECK(ellipse.half_width == Approx(2.2));
    CHECK(ellipse.half_height == 0.0);
}

TEST_CASE("the enclosing ellipse holds all values and is near the least") {
    // The corners of the box [-2, 2] x [-1, 1]: the least w + h with 4 / w^2 + 1 / h^2 = 1 has
    // w = 4^(1/3) s, h = s, s^2 = 4^(1/3) + 1.
    const std::vector<Complex> values{{-2.0, -1.0}, {-2.0, 1.0}, {2.0, 1.0}, {2.0, -1.0}};
    const Ellipse ellipse = enclosing_ellipse(values, 0.0);
    CHECK(4.0 / (ellipse.half_width * ellipse.half_width) +
              1.0 / (ellipse.half_height * ellipse.half_height) <=
          1.0 + 10.0 * epsilon);
    const double s = std::sqrt(std::cbrt(4.0) + 1.0);
    // The search takes 400 steps over a minimum, where a step costs its square only.
    CHECK(ellipse.half_width + ellipse.half_height ==
          Approx((std::cbrt(4.0) + 1.0) * s).epsilon(1e-4));
}

TEST_CASE("the enclosing ellipse of one value has an extent all the same") {
    CHECK(enclosing_ellipse(std::vector{Complex(3.0)}, 0.0).half_width == 3.0);
    CHECK(enclosing_ellipse(std::vector{Complex(0.0)}, 0.0).half_width == 1.0);
    CHECK(message_of<asp::InputError>([] { enclosing_ellipse({}); }) ==
          "enclosing ellipse: expected finite eigenvalues, at least one");
}

TEST_CASE("as many Arnoldi steps as rows give the eigenvalues") {
    // A rotation by a quarter with scale 2 beside a real diagonal: -2i, 2i, 1, 5.
    const Csr<double> matrix =
        testing::from_rows(4, {{{1, -2.0}}, {{0, 2.0}}, {{2, 1.0}}, {{3, 5.0}}});
    auto values = ritz_values(matrix.view(), 10);
    REQUIRE(values.size() == 4);
    std::ranges::sort(values, {}, [](Complex z) { return 10.0 * z.real() + z.imag(); });
    const std::vector<Complex> exact{{0.0, -2.0}, {0.0, 2.0}, {1.0, 0.0}, {5.0, 0.0}};
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(values[i] - exact[i]) < 1e-13);
}

TEST_CASE("Ritz values of a symmetric matrix lie in its spectrum's interval and near both ends") {
    const auto values = ritz_values(testing::laplacian(100).view(), 30);
    REQUIRE(values.size() == 30);
    double low = 4.0, high = 0.0;
    for (const Complex& value : values) {
        CHECK(value.imag() == 0.0);
        low = std::min(low, value.real());
        high = std::max(high, value.real());
    }
    CHECK(low > 0.0);
    CHECK(low < 0.05);
    CHECK(high < 4.0);
    CHECK(high > 3.95);
}

TEST_CASE("Arnoldi's process ends where the Krylov space is invariant") {
    const std::vector<double> twice{1.0, 2.0, 1.0, 2.0, 1.0};
    const auto values = ritz_values(testing::diagonal(twice).view(), 5);
    REQUIRE(values.size() == 2);
    CHECK(std::min(values[0].real(), values[1].real()) == Approx(1.0));
    CHECK(std::max(values[0].real(), values[1].real()) == Approx(2.0));
    CHECK(ritz_values(testing::from_rows(3, {{}, {}, {}}).view(), 3) == std::vector{Complex(0.0)});
}

TEST_CASE("Ritz values need a square matrix with finite products") {
    CHECK(message_of<asp::InputError>([] {
              ritz_values(testing::random_matrix(3, 4, 0.5, 1).view(), 2);
          }) == "Ritz values: 3 rows and 4 columns: expected a square matrix");
    CHECK(message_of<asp::InputError>([] {
              ritz_values(testing::diagonal(std::vector{1e300, 2e300}).view(), 2);
          }) ==
          "Arnoldi process: step 0: expected a finite product; the matrix holds inf, nan or values "
          "too large to square");
}

TEST_CASE("Leja order takes the largest, then each as far as can be from those before") {
    std::vector<Complex> points;
    for (const double x : evenly(0.0, 4.0, 9)) points.emplace_back(x);
    const auto order = modified_leja_order(points, 6);
    // 4 is the largest, 0 the farthest from it; x (4 - x) is greatest at 2. Then 1 and 3 tie
    // (1 * 1 * 3) and the first in the list is taken; then 3.5 (3.5 * 2.5 * 1.5 * 0.5 = 6.56, 6 at
    // 3); then 0.5 (0.5 * 0.5 * 1.5 * 3 * 3.5 = 3.94, 3 at 3).
    const std::vector<Complex> expected{4.0, 0.0, 2.0, 1.0, 3.5, 0.5};
    CHECK(order == expected);
}

TEST_CASE("modified Leja order keeps conjugates side by side and tears none apart") {
    const std::vector<Complex> values{
        {1.0, 2.0}, {1.0, -2.0}, {3.0, 0.0}, {-1.0, 1.0}, {-1.0, -1.0}};
    const std::vector<Complex> four{{3.0, 0.0}, {-1.0, 1.0}, {-1.0, -1.0}, {1.0, 0.0}};
    CHECK(modified_leja_order(values, 4) == four);
    const auto five = modified_leja_order(values, 5);
    CHECK(five[3] == Complex(1.0, 2.0));
    CHECK(five[4] == Complex(1.0, -2.0));
    for (std::size_t count = 0; count < 14; ++count) {
        const auto shifts = modified_leja_order(values, count);
        CHECK(shifts.size() == count);
        CHECK_NOTHROW(newton_basis(shifts));
    }
}

TEST_CASE("where there are too few shifts they come again, and no overflow decides their order") {
    const std::vector<Complex> two{Complex(1.0), Complex(2.0), Complex(1.0)};
    CHECK(modified_leja_order(two, 5) == std::vector<Complex>{2.0, 1.0, 2.0, 1.0, 2.0});
    // A product of two such distances would be infinite, and all candidates equal.
    std::vector<Complex> many;
    for (const double x : evenly(-1.0, 1.0, 201)) many.emplace_back(x * 1e200);
    const auto order = modified_leja_order(many, 201);
    for (const Complex& z : many) CHECK(std::ranges::count(order, z) == 1);
    CHECK(std::abs(order[0] - order[1]) == 2e200);
    CHECK(order[2] == Complex(0.0));
    CHECK(message_of<asp::InputError>([] { modified_leja_order({}, 2); }) ==
          "Leja order: expected finite shifts to choose from, at least one");
}

TEST_CASE("the residual of the Chebyshev smoother is at most 1 / T(sigma) on its interval") {
    for (const std::size_t degree : {0, 1, 2, 3, 7, 20}) {
        const double low = 0.3, high = 2.4, sigma = (high + low) / (high - low);
        const Polynomial p = chebyshev_smoother(degree, low, high);
        CHECK(p.recurrence.k() == degree);
        // Both ends and the extrema of T are among these points.
        std::vector<double> points;
        const auto m = static_cast<double>(degree + 1);
        for (int i = 0; i <= 60 * static_cast<int>(m); ++i)
            points.push_back(0.5 * (high + low) -
                             0.5 * (high - low) * std::cos(std::numbers::pi * i / (60.0 * m)));
        const double bound = 1.0 / std::cosh(m * std::acosh(sigma));
        // 1 - t p(t) is rounded where t p(t) is near 1; p adds up m terms.
        CHECK(largest(residuals_at(points, p)) == Approx(bound).margin(10.0 * m * epsilon));
    }
}

TEST_CASE("the residual of the fourth-kind smoother is its closed form") {
    for (const std::size_t degree : {0, 1, 4, 11}) {
        const double high = 3.5;
        const auto points = evenly(0.05, high, 50);
        const auto residuals = residuals_at(points, chebyshev_smoother_4(degree, high));
        const double m = static_cast<double>(degree + 1);
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double angle = std::acos(1.0 - 2.0 * points[i] / high);
            const double exact =
                std::sin((m + 0.5) * angle) / ((2.0 * m + 1.0) * std::sin(0.5 * angle));
            CHECK(residuals[i] == Approx(exact).margin(20.0 * m * m * epsilon));
        }
    }
}

TEST_CASE("the vectors of a smoother's recurrence are its residuals: each is 1 at zero") {
    const std::vector<double> zero{0.0};
    for (const Polynomial& p : {chebyshev_smoother(9, 0.1, 2.0), chebyshev_smoother_4(9, 2.0)})
        for (const double value : values_at(zero, p.recurrence))
            CHECK(value == Approx(1.0).epsilon(100.0 * epsilon));
}

TEST_CASE("smoothers say which bounds they take") {
    CHECK(message_of<asp::InputError>([] { chebyshev_smoother(3, 0.0, 2.0); }) ==
          "Chebyshev smoother: interval [0, 2]: expected 0 < low < high");
    CHECK(message_of<asp::InputError>([] { chebyshev_smoother_4(3, -1.0); }) ==
          "Chebyshev smoother of fourth kind: high = -1: expected a positive number");
}

TEST_CASE("Newton and Chebyshev bases of a Laplacian are far better conditioned than powers") {
    const Csr<double> matrix = testing::laplacian(200);
    const auto start = testing::random_vector(200, 5);
    const auto of = [&](const std::string& name) {
        return condition(powers(matrix, basis_named(name, matrix.view(), 12), start));
    };
    const double monomial = of("monomial"), newton = of("newton"), chebyshev = of("chebyshev");
    INFO("monomial " << monomial << ", Newton " << newton << ", Chebyshev " << chebyshev);
    // 6e8 against 10 and 12, seen.
    CHECK(newton < 1e-3 * monomial);
    CHECK(chebyshev < 1e-3 * monomial);
}

TEST_CASE("vectors of the named bases neither grow nor vanish") {
    const Csr<double> matrix = testing::convection_diffusion(20, 15);
    const auto start = testing::random_vector(300, 6);
    for (const std::string name : {"newton", "chebyshev"}) {
        const auto basis = powers(matrix, basis_named(name, matrix.view(), 16), start);
        const double last = largest(std::span(&basis(16, 0, 0), 300));
        CHECK(last > 1e-4);
        CHECK(last < 1e4);
    }
}

TEST_CASE("a basis is asked for by name") {
    const Csr<double> matrix = testing::laplacian(10);
    CHECK(basis_named("monomial", matrix.view(), 3).is_monomial());
    CHECK(basis_named("newton", matrix.view(), 3).k() == 3);
    CHECK(basis_named("chebyshev", testing::from_rows(0, {}).view(), 3).k() == 3);
    CHECK(message_of<asp::InputError>([&] { basis_named("chebishev", matrix.view(), 3); }) ==
          "basis = 'chebishev': expected monomial, newton or chebyshev; did you mean 'chebyshev'?");
    CHECK(message_of<asp::InputError>([&] { basis_named("legendre", matrix.view(), 3); }) ==
          "basis = 'legendre': expected monomial, newton or chebyshev");
}
