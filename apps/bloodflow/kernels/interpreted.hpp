#pragma once
#include "bloodflow/kernels/walls.hpp"

namespace bloodflow {

/// A law whose functions the interpreter evaluates: where a formula has no compiler. One place at a
/// time costs hundreds of nanoseconds, a block of them a few each, so the kernels ask for blocks
/// wherever there are many places.
template <bool LinearFriction>
struct InterpretedLaw {
    static constexpr bool blockwise = true;
    static constexpr bool linear_friction = LinearFriction;
    const Coefficients& c;

    ASP_FN explicit InterpretedLaw(const Coefficients& coefficients) : c(coefficients) {}

    /// `function` of x[0 .. n) at the places first, first + 1, ...
    ASP_FN void block(LawFunction function, const double* x, long first, double* result,
                      long n) const {
        c.interpret(c, function, x, nullptr, first, result, n);
    }
    /// A function of the area x and the velocity y.
    ASP_FN void block(LawFunction function, const double* x, const double* y, long first,
                      double* result, long n) const {
        c.interpret(c, function, x, y, first, result, n);
    }
    ASP_FN double one(LawFunction function, double x, long place) const {
        double result;
        block(function, &x, place, &result, 1);
        return result;
    }
    ASP_FN double one(LawFunction function, double x, double y, long place) const {
        double result;
        block(function, &x, &y, place, &result, 1);
        return result;
    }
    ASP_FN double cell_stiffness(double root, long i) const {
        return one(LawFunction::cell_stiffness, root, i);
    }
    ASP_FN double cell_potential(double root, long i) const {
        return one(LawFunction::cell_potential, root, i);
    }
    ASP_FN double face_stiffness(double root, long i) const {
        return one(LawFunction::face_stiffness, root, i);
    }
    ASP_FN double face_flux(double root, long i) const {
        return one(LawFunction::face_flux, root, i);
    }
    ASP_FN double face_root(double potential, long i) const {
        return one(LawFunction::face_root, potential, i);
    }
    ASP_FN double end_potential(double root, long e) const {
        return one(LawFunction::end_potential, root, e);
    }
    ASP_FN double end_stiffness(double root, long e) const {
        return one(LawFunction::end_stiffness, root, e);
    }
    ASP_FN double end_root_stiffness(double root, long e) const {
        return one(LawFunction::end_root_stiffness, root, e);
    }
    ASP_FN double end_integral(double x, long e) const {
        return one(LawFunction::end_integral, x, e);
    }
    ASP_FN double end_flux(double root, long e) const {
        return one(LawFunction::end_flux, root, e);
    }
    ASP_FN double end_root(double potential, long e) const {
        return one(LawFunction::end_root, potential, e);
    }
    ASP_FN double end_gradient(double root, long e) const {
        return one(LawFunction::end_gradient, root, e);
    }
    ASP_FN double end_friction(double area, double u, long e) const {
        return one(LawFunction::end_friction, area, u, e);
    }
    ASP_FN double end_friction_slope(double area, double u, long e) const {
        return one(LawFunction::end_friction_slope, area, u, e);
    }
};

}  // namespace bloodflow
