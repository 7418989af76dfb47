#pragma once
#include "asp/kernel/prelude.hpp"

// Walls: the policy of the finite-volume and the junction kernels, made of a law, which knows one
// cross-section, and of what is the same for all laws. Laws are written by hand (ElasticLaw) or
// generated from a formula.
//
// "Potential" V is (p + rho g z) / rho [m^2/s^2]: it is equal in all that is at rest. A law is
// written in root = sqrt(A) [m], with the stiffness S = (dV/droot) / 2 [m/s^2], so that c^2 = S
// root. At cells, faces and ends it has
//   cell_stiffness(root, cell)      S
//   face_stiffness(root, face)      S
//   face_flux(root, face)           (integral of c^2 dA) / A [m^2/s^2]
//   end_potential(root, end)        V
//   end_stiffness(root, end)        S
//   end_integral(x, end)            integral of c/A dA [m/s], in x = A^(1/4) [m^(1/2)]
//   end_root_stiffness(root, end)   sqrt(S)
//   end_flux(root, end)             as face_flux
// and, where the pressure varies along vessels at equal area,
//   cell_potential(root, cell)      V
//   face_root(potential, face)      root where V is `potential`
//   end_root(potential, end)        the same
//   end_gradient(root, end)         change of V into the node's direction at constant A [m/s^2]
//
// Friction f [m^3/s^2], with dQ/dt = -f, is K u with `linear_friction`, and otherwise
//   cell_friction(area, u, cell), cell_friction_slope(area, u, cell)      f and df/du
//   end_friction(area, u, end), end_friction_slope(area, u, end)

namespace bloodflow {

/// Ends are worked off in chunks of constant size (a vector of the widest machine).
constexpr long chunk_ends = 8;

/// A law's functions, by number.
enum class LawFunction : int {
    cell_stiffness,
    cell_potential,
    face_stiffness,
    face_flux,
    face_root,
    end_potential,
    end_stiffness,
    end_root_stiffness,
    end_integral,
    end_flux,
    end_root,
    end_gradient,
    cell_friction,
    cell_friction_slope,
    end_friction,
    end_friction_slope,
};
constexpr int law_functions = 16;

/// Arrays that hold what the laws' functions need of a cell, a face, an end: coefficient k of place
/// i is cell[k][i]. Which is which only the law knows, and whoever fills them.
struct Coefficients {
    static constexpr int most = 16;
    const double* cell[most];
    const double* face[most];
    const double* end[most];

    /// Of an interpreted law: result[j] = function(x[j]) at the place first + j, for j < n;
    /// functions of friction take x = area and y = u.
    void (*interpret)(const Coefficients&, LawFunction function, const double* x, const double* y,
                      long first, double* result, long n);
    const void* law;
};

/// State at a cell face.
struct FaceState {
    double area;           ///< [m^2]
    double velocity;       ///< [m/s]
    double specific_flux;  ///< [m^2/s^2] the integral of c^2 dA over A
};

/// Wall at a vessel's end, for x = A^(1/4); slopes are derivatives by x.
struct EndWall {
    double area, area_slope;            ///< A [m^2]
    double potential, potential_slope;  ///< [m^2/s^2]
    double integral, integral_slope;    ///< integral of c/A dA [m/s]
};

/// Half a step of friction, dA u/dt = -f(A, u), by the trapezoidal rule, linearized about the
/// step's first velocity: it never limits dt and leaves a steady flow as it is.
template <class Law>
ASP_FN double friction_sum(const Law& law, double friction, double start_area,
                           double start_velocity, double area, double velocity, long cell) {
    if constexpr (Law::linear_friction)
        return friction * (start_velocity + velocity);
    else
        return law.cell_friction(start_area, start_velocity, cell) +
               law.cell_friction(area, start_velocity, cell) +
               law.cell_friction_slope(area, start_velocity, cell) * (velocity - start_velocity);
}

/// u at the end of the step, from the flow without friction; `half` is half a step [s].
template <class Law>
ASP_FN double slowed_velocity(const Law& law, double friction, double half, double start_area,
                              double start_velocity, double area, double flow, long cell) {
    if constexpr (Law::linear_friction) {
        return (flow - half * friction * start_velocity) / (area + half * friction);
    } else {
        const double slope = law.cell_friction_slope(area, start_velocity, cell);
        const double known = law.cell_friction(start_area, start_velocity, cell) +
                             law.cell_friction(area, start_velocity, cell) - slope * start_velocity;
        return (flow - half * known) / (area + half * slope);
    }
}

/// The same for some ends side by side.
template <long n>
struct EndWalls {
    alignas(64) double area[n], area_slope[n];
    alignas(64) double potential[n], potential_slope[n];
    alignas(64) double integral[n], integral_slope[n];
};

/// Elastic wall p = p_ref + beta (sqrt(A) - sqrt(A_ref)): V = 2 k (root - r), k = beta / (2 rho).
struct ElasticLaw {
    static constexpr bool blockwise = false;
    static constexpr bool linear_friction = true;
    const double* ASP_RESTRICT cell_k;           ///< [cells] k [m/s^2]
    const double* ASP_RESTRICT cell_r;           ///< [cells] r [m]
    const double* ASP_RESTRICT face_k;           ///< [faces]
    const double* ASP_RESTRICT face_r;           ///< [faces]
    const double* ASP_RESTRICT face_compliance;  ///< [faces] 1 / (2 k)
    const double* ASP_RESTRICT end_k;            ///< [ends]
    const double* ASP_RESTRICT end_root_k;       ///< [ends] sqrt(k)
    const double* ASP_RESTRICT end_r;            ///< [ends]
    const double* ASP_RESTRICT end_compliance;   ///< [ends] 1 / (2 k)
    const double* ASP_RESTRICT end_gradient_1;   ///< [ends] factor of root in the gradient
    const double* ASP_RESTRICT end_gradient_0;   ///< [ends]

    ASP_FN explicit ElasticLaw(const Coefficients& c)
        : cell_k(c.cell[0]),
          cell_r(c.cell[1]),
          face_k(c.face[0]),
          face_r(c.face[1]),
          face_compliance(c.face[2]),
          end_k(c.end[0]),
          end_root_k(c.end[1]),
          end_r(c.end[2]),
          end_compliance(c.end[3]),
          end_gradient_1(c.end[4]),
          end_gradient_0(c.end[5]) {}

    ASP_FN double cell_stiffness(double, long cell) const { return cell_k[cell]; }
    ASP_FN double cell_potential(double root, long cell) const {
        return 2.0 * cell_k[cell] * (root - cell_r[cell]);
    }
    ASP_FN double face_stiffness(double, long face) const { return face_k[face]; }
    ASP_FN double face_flux(double root, long face) const {
        return 2.0 / 3.0 * face_k[face] * root;
    }
    ASP_FN double face_root(double potential, long face) const {
        return face_r[face] + potential * face_compliance[face];
    }
    ASP_FN double end_potential(double root, long e) const {
        return 2.0 * end_k[e] * (root - end_r[e]);
    }
    ASP_FN double end_stiffness(double, long e) const { return end_k[e]; }
    ASP_FN double end_root_stiffness(double, long e) const { return end_root_k[e]; }
    ASP_FN double end_integral(double x, long e) const { return 4.0 * end_root_k[e] * x; }
    ASP_FN double end_flux(double root, long e) const { return 2.0 / 3.0 * end_k[e] * root; }
    ASP_FN double end_root(double potential, long e) const {
        return end_r[e] + potential * end_compliance[e];
    }
    ASP_FN double end_gradient(double root, long e) const {
        return end_gradient_1[e] * root + end_gradient_0[e];
    }
};

/// What walls of all laws have in common.
template <class Law>
struct Wall : Law {
    /// Ends that are worked off at a time; constant, except for blocks.
    static constexpr long end_chunk = Law::blockwise ? 64 : chunk_ends;

    ASP_FN explicit Wall(const Coefficients& coefficients) : Law(coefficients) {}

    ASP_FN EndWall end(double x, long e) const {
        const double root = x * x;
        const double integral_slope = 4.0 * Law::end_root_stiffness(root, e);
        return {root * root,
                4.0 * root * x,
                Law::end_potential(root, e),
                4.0 * Law::end_stiffness(root, e) * x,
                Law::end_integral(x, e),
                integral_slope};
    }
    /// At `count` ends, from `first` on.
    ASP_FN void ends(const double* ASP_RESTRICT x, long first, long count,
                     EndWalls<end_chunk>& ASP_RESTRICT w) const {
        if constexpr (Law::blockwise) {
            alignas(64) double root[end_chunk], root_stiffness[end_chunk];
            ASP_SIMD_FOR(j, 0, count) root[j] = x[j] * x[j];
            Law::block(LawFunction::end_potential, root, first, w.potential, count);
            Law::block(LawFunction::end_stiffness, root, first, w.potential_slope, count);
            Law::block(LawFunction::end_root_stiffness, root, first, root_stiffness, count);
            Law::block(LawFunction::end_integral, x, first, w.integral, count);
            ASP_SIMD_FOR(j, 0, count) {
                w.area[j] = root[j] * root[j];
                w.area_slope[j] = 4.0 * root[j] * x[j];
                w.potential_slope[j] *= 4.0 * x[j];
                w.integral_slope[j] = 4.0 * root_stiffness[j];
            }
        } else {
            ASP_SIMD_FOR(j, 0, end_chunk) {
                const EndWall here = end(x[j], first + j);
                w.area[j] = here.area;
                w.area_slope[j] = here.area_slope;
                w.potential[j] = here.potential;
                w.potential_slope[j] = here.potential_slope;
                w.integral[j] = here.integral;
                w.integral_slope[j] = here.integral_slope;
            }
        }
    }
    /// Integral of c/A dA at `count` ends, from `first` on.
    ASP_FN void integrals(const double* ASP_RESTRICT x, long first, long count,
                          double* ASP_RESTRICT integral) const {
        if constexpr (Law::blockwise)
            Law::block(LawFunction::end_integral, x, first, integral, count);
        else
            ASP_SIMD_FOR(j, 0, end_chunk) integral[j] = Law::end_integral(x[j], first + j);
    }
};

/// The state between the two waves of the Riemann problem, linearized about the face's mean state:
/// du = -+ dV/c across them. The momentum correction, which changes the waves by (alpha - 1) u/c,
/// is left to the flux.
///
/// Wall that is the same all along each vessel: sqrt(A) is reconstructed, so that a face's two
/// states cost no root; dV = 2 S droot.
template <class Law>
struct UniformWall : Wall<Law> {
    static constexpr bool pressure_varies = false;
    ASP_FN explicit UniformWall(const Coefficients& coefficients) : Wall<Law>(coefficients) {}

    /// What is reconstructed; constant along a vessel at rest.
    ASP_FN double variable(double root, long) const { return root; }
    /// Its change where sqrt(A) doubles.
    ASP_FN double scale(double root, long) const { return root; }
    ASP_FN FaceState riemann(double left, double right, double u_left, double u_right,
                             long face) const {
        const double mean = 0.5 * (left + right);
        const double stiffness = Law::face_stiffness(mean, face);
        const double half_inverse_speed = asp::approximate_half_inverse_sqrt(stiffness * mean);
        const double root = mean - 0.5 * mean * half_inverse_speed * (u_right - u_left);
        const double velocity =
            0.5 * (u_left + u_right) - 2.0 * stiffness * half_inverse_speed * (right - left);
        return {root * root, velocity, Law::face_flux(root, face)};
    }
    ASP_FN double end_unknown(double root, long) const { return asp::sqrt(root); }
    ASP_FN double gradient(double, long) const { return 0.0; }
};

/// Wall whose stiffness, reference area or height vary along the vessel. The potential is
/// reconstructed: it is constant at rest, whatever varies.
template <class Law>
struct VaryingWall : Wall<Law> {
    static constexpr bool pressure_varies = true;
    ASP_FN explicit VaryingWall(const Coefficients& coefficients) : Wall<Law>(coefficients) {}

    ASP_FN double variable(double root, long cell) const { return Law::cell_potential(root, cell); }
    ASP_FN double scale(double root, long cell) const {
        return 2.0 * Law::cell_stiffness(root, cell) * root;
    }
    ASP_FN FaceState riemann(double left, double right, double u_left, double u_right,
                             long face) const {
        const double mean = 0.5 * (left + right);
        const double mean_root = Law::face_root(mean, face);
        const double speed2 = Law::face_stiffness(mean_root, face) * mean_root;
        const double half_inverse_speed = asp::approximate_half_inverse_sqrt(speed2);
        const double potential = mean - speed2 * half_inverse_speed * (u_right - u_left);
        const double root = Law::face_root(potential, face);
        const double velocity = 0.5 * (u_left + u_right) - half_inverse_speed * (right - left);
        return {root * root, velocity, Law::face_flux(root, face)};
    }
    /// Integral of c^2 dA [m^4/s^2] at a face, from the reconstructed variable.
    ASP_FN double pressure_flux(double potential, long face) const {
        const double root = Law::face_root(potential, face);
        return Law::face_flux(root, face) * root * root;
    }
    ASP_FN double end_unknown(double potential, long e) const {
        return asp::sqrt(Law::end_root(potential, e));
    }
    ASP_FN double gradient(double root, long e) const { return Law::end_gradient(root, e); }
};

}  // namespace bloodflow
