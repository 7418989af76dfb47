#pragma once
#include "asp/kernel/prelude.hpp"

// Walls: the policy of the finite-volume and the junction kernels.
//
// For the finite-volume stage a wall knows, with `root` = sqrt(A) [m],
//   variable(root, cell)    what is reconstructed; constant along a vessel at rest
//   scale(root, cell)       its change where sqrt(A) doubles
//   riemann(left, right, u_left, u_right, face)   the state at a face between two states
//   pressure_flux(variable, face)                 integral of c^2 dA, where the pressure varies
//   pressure_varies         whether stiffness, reference area or height change along a vessel
// and for the ends of vessels, in the unknown x = A^(1/4) [m^(1/2)],
//   end(x, end)             area, potential, characteristic integral and their slopes
//   end_unknown(variable, end)    x of a reconstructed value
//   end_variable(x, end)          and back
//   end_gradient(root, end)       change of the potential into the node's direction at constant A
//                                 [m/s^2]
//
// "Potential" is (p + rho g z) / rho [m^2/s^2]: it is equal in all that is at rest.

namespace bloodflow {

/// State at a cell face.
struct FaceState {
    double area;      ///< [m^2]
    double velocity;  ///< [m/s]
    double
        specific_flux;  ///< [m^2/s^2] the integral of c^2 dA over A, with c^2 = A d(potential)/dA
};

/// Wall at a vessel's end, for x = A^(1/4); slopes are derivatives by x.
struct EndWall {
    double area, area_slope;            ///< A [m^2]
    double potential, potential_slope;  ///< [m^2/s^2]
    double integral, integral_slope;    ///< integral of c/A dA [m/s]
};

/// Elastic ends: potential = 2 k (sqrt(A) - r), so that c = sqrt(k) x, integral of c/A dA = 4 c.
struct ElasticEnds {
    const double* ASP_RESTRICT end_stiffness;       ///< [ends] k = beta / (2 rho) [m/s^2]
    const double* ASP_RESTRICT end_root_stiffness;  ///< [ends] sqrt(k)
    const double* ASP_RESTRICT end_root;            ///< [ends] r [m]

    ASP_FN EndWall end(double x, long e) const {
        const double root = x * x, twice = 2.0 * end_stiffness[e],
                     speed = 4.0 * end_root_stiffness[e];
        return {root * root,     4.0 * root * x, twice * (root - end_root[e]),
                2.0 * twice * x, speed * x,      speed};
    }
};

/// Elastic wall p = p_ref + beta (sqrt(A) - sqrt(A_ref)), the same all along each vessel. With
/// k = beta / (2 rho): c^2 = k sqrt(A), integral of c^2 dA = (2/3) k A^(3/2). The potential is
/// linear in sqrt(A), so sqrt(A) is reconstructed and a face's two states cost no root.
struct UniformElasticWall : ElasticEnds {
    static constexpr bool pressure_varies = false;
    const double* ASP_RESTRICT face_stiffness;  ///< [faces] 2/3 k

    ASP_FN double variable(double root, long) const { return root; }
    ASP_FN double scale(double root, long) const { return root; }
    /// Between the waves du = -+ dv/c of the mean state, v = 2 k sqrt(A): the momentum correction,
    /// which changes the waves by (alpha - 1) u/c, is left to the flux.
    ASP_FN FaceState riemann(double left, double right, double u_left, double u_right,
                             long face) const {
        const double k = face_stiffness[face], sum = left + right;  // 2/3 of k
        const double half_inverse_speed = asp::approximate_half_inverse_sqrt(0.75 * k * sum);
        const double root = 0.5 * sum - 0.25 * sum * half_inverse_speed * (u_right - u_left);
        const double velocity =
            0.5 * (u_left + u_right) - 3.0 * k * half_inverse_speed * (right - left);
        return {root * root, velocity, k * root};
    }
    ASP_FN double end_unknown(double root, long) const { return asp::sqrt(root); }
    ASP_FN double end_variable(double x, long) const { return x * x; }
    ASP_FN double end_gradient(double, long) const { return 0.0; }
};

/// Elastic wall whose stiffness, reference area or height vary along the vessel. The potential is
/// reconstructed: it is constant at rest, whatever varies.
struct VaryingElasticWall : ElasticEnds {
    static constexpr bool pressure_varies = true;
    const double* ASP_RESTRICT cell_stiffness;         ///< [cells] 2 k
    const double* ASP_RESTRICT cell_root;              ///< [cells] r [m]
    const double* ASP_RESTRICT face_stiffness;         ///< [faces] 2/3 k
    const double* ASP_RESTRICT face_compliance;        ///< [faces] 1 / (2 k)
    const double* ASP_RESTRICT face_root;              ///< [faces] r [m]
    const double* ASP_RESTRICT end_compliance;         ///< [ends] 1 / (2 k)
    const double* ASP_RESTRICT end_gradient_root;      ///< [ends] factor of sqrt(A) in the gradient
    const double* ASP_RESTRICT end_gradient_constant;  ///< [ends]

    ASP_FN double variable(double root, long cell) const {
        return cell_stiffness[cell] * (root - cell_root[cell]);
    }
    ASP_FN double scale(double root, long cell) const { return cell_stiffness[cell] * root; }
    ASP_FN FaceState riemann(double left, double right, double u_left, double u_right,
                             long face) const {
        const double k = face_stiffness[face], mean = 0.5 * (left + right);  // 2/3 of k
        const double speed2 = 1.5 * k * (face_root[face] + mean * face_compliance[face]);
        const double half_inverse_speed = asp::approximate_half_inverse_sqrt(speed2);
        const double potential = mean - speed2 * half_inverse_speed * (u_right - u_left);
        const double root = face_root[face] + potential * face_compliance[face];
        const double velocity = 0.5 * (u_left + u_right) - half_inverse_speed * (right - left);
        return {root * root, velocity, k * root};
    }
    ASP_FN double pressure_flux(double potential, long face) const {
        const double root = face_root[face] + potential * face_compliance[face];
        return face_stiffness[face] * root * root * root;
    }
    ASP_FN double end_unknown(double potential, long e) const {
        return asp::sqrt(end_root[e] + potential * end_compliance[e]);
    }
    ASP_FN double end_variable(double x, long e) const {
        return 2.0 * end_stiffness[e] * (x * x - end_root[e]);
    }
    ASP_FN double end_gradient(double root, long e) const {
        return end_gradient_root[e] * root + end_gradient_constant[e];
    }
};

}  // namespace bloodflow
