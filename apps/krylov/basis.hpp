#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "krylov/csr.hpp"

namespace krylov {

/// The vectors of a Krylov basis by a three-term recurrence, p = 0 to k - 1:
///     x_{p+1} = a[p] A x_p + b[p] x_p + c[p] x_{p-1},   c[0] = 0,
/// rounded as fma(c, x_{p-1}, fma(b, x_p, a A x_p)); without any c the outer one is left out.
/// The monomial basis has a = 1, b = c = 0.
struct Recurrence {
    std::vector<double> a, b, c;  ///< [k]

    std::size_t k() const { return a.size(); }
    bool is_monomial() const;   ///< a = 1, b = c = 0
    bool has_previous() const;  ///< any c
};

Recurrence monomial_basis(std::size_t k);
/// x_{p+1} = scale A x_p.
Recurrence scaled_monomial_basis(std::size_t k, double scale);

/// x_{p+1} = scale (A - theta_p) x_p, in real arithmetic: a conjugate pair theta, conj(theta)
/// stands side by side in `shifts` and becomes scale (A - Re theta), and then
/// scale^2 ((A - Re theta)^2 + (Im theta)^2). Source: Hoemmen (2010), chapter 7. Throws InputError
/// where a pair is torn apart and for what is not finite.
Recurrence newton_basis(std::span<const std::complex<double>> shifts, double scale = 1.0);

/// Chebyshev polynomials T_p((A - centre) / focal_distance): at most 1 on the interval
/// centre +- focal_distance. Throws InputError for a distance that is not positive.
Recurrence chebyshev_basis(std::size_t k, double centre, double focal_distance);

/// Where eigenvalues are believed to lie.
struct Ellipse {
    double centre;       ///< on the real axis
    double half_width;   ///< along it
    double half_height;  ///< 0: on an interval
};

/// Chebyshev polynomials of the ellipse, whichever of its axes is the longer (foci on the real axis
/// or above and below it), each scaled so that its maximum on the ellipse is 1.
/// Throws InputError for an ellipse of no extent.
Recurrence chebyshev_basis(std::size_t k, const Ellipse& ellipse);

/// Of the ellipses around all values with the centre midway between the outermost real parts: the
/// one of least capacity (half_width + half_height) / 2, then widened by `margin`. Never without
/// extent. Throws InputError without values and for what is not finite.
Ellipse enclosing_ellipse(std::span<const std::complex<double>> ritz_values, double margin = 0.05);

/// Eigenvalues of the Arnoldi process' Hessenberg matrix after `steps` steps from a fixed random
/// vector; fewer where that vector's Krylov space is smaller; conjugates side by side.
/// Source: Saad (2011), section 6.2. Throws InputError for a matrix that is not square or that
/// makes a vector overflow.
std::vector<std::complex<double>> ritz_values(const CsrView<double>& matrix, std::size_t steps);

/// `count` shifts out of the Ritz values in modified Leja order: the largest first, then each as
/// far as can be from those before (greatest product of distances, taken as a sum of logarithms,
/// which does not overflow), conjugates side by side. Where one place is left for a pair its real
/// part stands there; where the values are used up they come again from the first.
/// Source: Bai, Hu and Reichel (1994); Hoemmen (2010). Throws InputError without values.
std::vector<std::complex<double>> modified_leja_order(
    std::span<const std::complex<double>> ritz_values, std::size_t count);

/// Coefficients of p in the basis of a recurrence, so that p(A) x = sum_p coefficient[p] x_p.
struct Polynomial {
    Recurrence recurrence;
    std::vector<double> coefficient;  ///< [k + 1]
};

/// `degree` + 1 steps of the Chebyshev iteration from zero as one polynomial p of this degree:
/// among all of them 1 - t p(t) has the smallest maximum on [low, high], 1 / T_{degree + 1}(sigma)
/// with sigma = (high + low) / (high - low). The vectors of its recurrence are the residuals of the
/// iteration. Source: Saad (2003), section 12.3. Throws InputError unless 0 < low < high.
Polynomial chebyshev_smoother(std::size_t degree, double low, double high);

/// The same by Chebyshev polynomials of fourth kind, which need only an upper bound:
/// 1 - t p(t) = W_m(1 - 2 t / high) / (2 m + 1), m = degree + 1.
/// Source: Lottes (2023), "Optimal polynomial smoothers for multigrid V-cycles". Throws InputError
/// unless 0 < high.
Polynomial chebyshev_smoother_4(std::size_t degree, double high);

/// "monomial", "newton", "chebyshev": what a user may ask for. Shifts and ellipse are estimated
/// with 2k Arnoldi steps; all but the monomial basis are scaled by the ellipse's capacity, so that
/// vectors neither grow nor vanish. Throws InputError for another name.
Recurrence basis_named(const std::string& name, const CsrView<double>& matrix, std::size_t k);

}  // namespace krylov
