#include "krylov/basis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"

namespace krylov {
namespace {

using Complex = std::complex<double>;

bool is_finite(Complex value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

std::string text(Complex value) {
    if (value.imag() == 0.0) return fmt::format("{}", value.real());
    return fmt::format("{}{:+}i", value.real(), value.imag());
}

/// p(t) = (1 - R_m(t)) / t, where R_0 = 1, ..., R_m come from `residuals`, m steps with
/// b = 1 - c (which is R_j(0) = 1 for all j). With E_j = (R_{j+1} - R_j) / t = a_j R_j - c_j
/// E_{j-1} it is p = -(E_0 + ... + E_{m-1}), in the basis R_0, ..., R_{m-1}; as c < 0 nothing
/// cancels.
Polynomial inverse_by_residuals(Recurrence residuals) {
    std::vector<double> coefficient(residuals.k());
    double weight = 1.0;
    for (std::size_t j = coefficient.size(); j-- > 0;) {
        if (j + 1 < coefficient.size()) weight = 1.0 - residuals.c[j + 1] * weight;
        coefficient[j] = -residuals.a[j] * weight;
    }
    for (auto* const terms : {&residuals.a, &residuals.b, &residuals.c}) terms->pop_back();
    return {std::move(residuals), std::move(coefficient)};
}

/// Half the height of the least ellipse of this half width around all values; they lie closer to
/// the centre than that along the real axis.
double least_half_height(std::span<const Complex> values, double centre, double half_width) {
    double half_height = 0.0;
    for (const Complex& value : values) {
        const double along = (value.real() - centre) / half_width;
        if (value.imag() == 0.0) continue;
        half_height = std::max(half_height,
                               std::abs(value.imag()) / std::sqrt((1.0 - along) * (1.0 + along)));
    }
    return half_height;
}

/// Sum of log |z - s| over the shifts chosen: minus infinity on one of them.
double log_distance(Complex z, std::span<const Complex> chosen) {
    double sum = 0.0;
    for (const Complex& s : chosen) sum += std::log(std::abs(z - s));
    return sum;
}

/// Takes the candidate farthest from what is chosen out of the list. The first is the largest.
Complex take_farthest(std::vector<Complex>& candidates, std::span<const Complex> chosen) {
    const auto measure = [chosen](Complex z) {
        return chosen.empty() ? std::abs(z) : log_distance(z, chosen);
    };
    const auto found = std::ranges::max_element(candidates, {}, measure);
    const Complex shift = *found;
    candidates.erase(found);
    return shift;
}

}  // namespace

bool Recurrence::is_monomial() const {
    const auto is = [](double value) { return [value](double x) { return x == value; }; };
    return std::ranges::all_of(a, is(1.0)) && std::ranges::all_of(b, is(0.0)) && !has_previous();
}

bool Recurrence::has_previous() const {
    return std::ranges::any_of(c, [](double x) { return x != 0.0; });
}

Recurrence monomial_basis(std::size_t k) {
    return scaled_monomial_basis(k, 1.0);
}

Recurrence scaled_monomial_basis(std::size_t k, double scale) {
    return {std::vector(k, scale), std::vector(k, 0.0), std::vector(k, 0.0)};
}

Recurrence newton_basis(std::span<const Complex> shifts, double scale) {
    if (!std::isfinite(scale) || scale == 0.0)
        throw asp::InputError(
            fmt::format("Newton basis: scale = {}: expected a number other than "
                        "zero",
                        scale));
    Recurrence basis = scaled_monomial_basis(shifts.size(), scale);
    for (std::size_t p = 0; p < shifts.size(); ++p) {
        const Complex shift = shifts[p];
        if (!is_finite(shift))
            throw asp::InputError(
                fmt::format("Newton basis: shifts[{}] = {}: expected a finite "
                            "number",
                            p, text(shift)));
        basis.b[p] = -scale * shift.real();
        if (shift.imag() == 0.0) continue;
        if (p + 1 == shifts.size() || shifts[p + 1] != std::conj(shift))
            throw asp::InputError(
                fmt::format("Newton basis: shifts[{}] = {}: expected its conjugate {} as the next",
                            p, text(shift), text(std::conj(shift))));
        ++p;
        basis.b[p] = -scale * shift.real();
        basis.c[p] = scale * scale * shift.imag() * shift.imag();
    }
    return basis;
}

Recurrence chebyshev_basis(std::size_t k, double centre, double focal_distance) {
    if (!(focal_distance > 0.0 && std::isfinite(focal_distance)))
        throw asp::InputError(fmt::format(
            "Chebyshev basis: focal_distance = {}: expected a positive number", focal_distance));
    return chebyshev_basis(k, {centre, focal_distance, 0.0});
}

Recurrence chebyshev_basis(std::size_t k, const Ellipse& ellipse) {
    const double sum = ellipse.half_width + ellipse.half_height;
    if (!(ellipse.half_width >= 0.0 && ellipse.half_height >= 0.0 && sum > 0.0 &&
          std::isfinite(sum) && std::isfinite(ellipse.centre)))
        throw asp::InputError(fmt::format(
            "Chebyshev basis: ellipse around {} of half width {} and half height {}: expected "
            "finite numbers and some extent",
            ellipse.centre, ellipse.half_width, ellipse.half_height));
    // With d^2 = half_width^2 - half_height^2 (negative for foci above each other) and
    // rho = d^2 / sum^2, the maximum of |d^p T_p((z - centre) / d)| on the ellipse is
    // sum^p (1 + |rho|^p) / 2: the ratios of neighbours never divide by d, so a circle is well too.
    const double rho = (ellipse.half_width - ellipse.half_height) / sum;
    const auto height = [rho](std::size_t p) {
        return 1.0 + std::pow(std::abs(rho), static_cast<double>(p));
    };
    Recurrence basis = scaled_monomial_basis(k, 0.0);
    for (std::size_t p = 0; p < k; ++p) {
        basis.a[p] = (p == 0 ? 1.0 : 2.0) / sum * height(p) / height(p + 1);
        basis.b[p] = -basis.a[p] * ellipse.centre;
        if (p > 0) basis.c[p] = -rho * height(p - 1) / height(p + 1);
    }
    return basis;
}

Ellipse enclosing_ellipse(std::span<const Complex> ritz_values, double margin) {
    if (ritz_values.empty() || !std::ranges::all_of(ritz_values, is_finite))
        throw asp::InputError("enclosing ellipse: expected finite eigenvalues, at least one");
    const auto real = [](Complex z) { return z.real(); };
    const auto [left, right] = std::ranges::minmax(ritz_values, {}, real);
    const double centre = left.real() + 0.5 * (right.real() - left.real());
    const double box_width = 0.5 * (right.real() - left.real());
    double box_height = 0.0;
    for (const Complex& value : ritz_values)
        box_height = std::max(box_height, std::abs(value.imag()));

    Ellipse best{centre, box_width, box_height};
    if (box_width > 0.0 && box_height > 0.0) {
        // One parameter is left. The circle around the box, sqrt(2) of its longer side, ends the
        // search; a step too coarse costs a little capacity and encloses all the same.
        const double last = 1.5 * std::max(box_width, box_height) / box_width;
        constexpr int steps = 400;
        best.half_height = INFINITY;
        for (int i = 1; i <= steps; ++i) {
            const double width = box_width * (1.0 + last * i * i / (steps * steps));
            const double height = least_half_height(ritz_values, centre, width);
            if (width + height < best.half_width + best.half_height) best = {centre, width, height};
        }
    }
    if (best.half_width + best.half_height == 0.0)
        best.half_width = centre == 0.0 ? 1.0 : std::abs(centre);
    best.half_width *= 1.0 + margin;
    best.half_height *= 1.0 + margin;
    return best;
}

std::vector<Complex> modified_leja_order(std::span<const Complex> ritz_values, std::size_t count) {
    if (ritz_values.empty() || !std::ranges::all_of(ritz_values, is_finite))
        throw asp::InputError("Leja order: expected finite shifts to choose from, at least one");
    std::vector<Complex> candidates;  // one of each pair, above the real axis; none twice
    for (const Complex& value : ritz_values) {
        const Complex upper(value.real(), std::abs(value.imag()));
        if (std::ranges::find(candidates, upper) == candidates.end()) candidates.push_back(upper);
    }
    std::vector<Complex> order;
    while (order.size() < count && !candidates.empty()) {
        const Complex shift = take_farthest(candidates, order);
        if (shift.imag() == 0.0 || order.size() + 1 == count) {
            order.emplace_back(shift.real());
        } else {
            order.push_back(shift);
            order.push_back(std::conj(shift));
        }
    }
    for (std::size_t again = 0; order.size() < count; ++again) {
        const bool is_torn = order[again].imag() != 0.0 && order.size() + 1 == count;
        order.push_back(is_torn && order[again].imag() > 0.0 ? order[again].real() : order[again]);
    }
    return order;
}

Polynomial chebyshev_smoother(std::size_t degree, double low, double high) {
    if (!(0.0 < low && low < high && std::isfinite(high)))
        throw asp::InputError(fmt::format(
            "Chebyshev smoother: interval [{}, {}]: expected 0 < low < high", low, high));
    // R_j(t) = T_j((t - centre) / d) / T_j(-sigma), and q = T_j(sigma) / T_{j+1}(sigma) < 1.
    const double d = 0.5 * (high - low), sigma = (high + low) / (high - low);
    Recurrence residuals = scaled_monomial_basis(degree + 1, 0.0);
    double q = 0.0;
    for (std::size_t j = 0; j <= degree; ++j) {
        const double before = q;
        q = j == 0 ? 1.0 / sigma : 1.0 / (2.0 * sigma - before);
        residuals.a[j] = -(j == 0 ? 1.0 : 2.0) * q / d;
        residuals.c[j] = -q * before;
        residuals.b[j] = 1.0 - residuals.c[j];
    }
    return inverse_by_residuals(std::move(residuals));
}

Polynomial chebyshev_smoother_4(std::size_t degree, double high) {
    if (!(high > 0.0 && std::isfinite(high)))
        throw asp::InputError(fmt::format(
            "Chebyshev smoother of fourth kind: high = {}: expected a positive number", high));
    // R_j(t) = W_j(1 - 2 t / high) / (2 j + 1), W_{j+1}(x) = 2 x W_j(x) - W_{j-1}(x), W_1 = 2 x
    // + 1.
    Recurrence residuals = scaled_monomial_basis(degree + 1, 0.0);
    for (std::size_t j = 0; j <= degree; ++j) {
        const double here = 2.0 * static_cast<double>(j) + 1.0;
        residuals.a[j] = -4.0 / high * here / (here + 2.0);
        residuals.c[j] = j == 0 ? 0.0 : -(here - 2.0) / (here + 2.0);
        residuals.b[j] = 1.0 - residuals.c[j];
    }
    return inverse_by_residuals(std::move(residuals));
}

Recurrence basis_named(const std::string& name, const CsrView<double>& matrix, std::size_t k) {
    static const std::array<std::string, 3> names{"monomial", "newton", "chebyshev"};
    if (std::ranges::find(names, name) == names.end()) {
        const auto nearest = asp::nearest_name(name, names);
        throw asp::InputError(
            fmt::format("basis = '{}': expected monomial, newton or chebyshev{}", name,
                        nearest ? fmt::format("; did you mean '{}'?", *nearest) : ""));
    }
    if (name == "monomial" || k == 0 || matrix.rows() == 0) return monomial_basis(k);
    // More steps hardly move the hull of the values, and cost their square.
    constexpr std::size_t most_steps = 60;
    const auto values = ritz_values(matrix, std::min(2 * k, most_steps));
    const Ellipse ellipse = enclosing_ellipse(values);
    if (name == "chebyshev") return chebyshev_basis(k, ellipse);
    // A product of k distances grows like the k-th power of the capacity.
    return newton_basis(modified_leja_order(values, k),
                        2.0 / (ellipse.half_width + ellipse.half_height));
}

}  // namespace krylov
