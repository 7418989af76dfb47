#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp::newton {

constexpr long most_unknowns = 16;

/// Many small nonlinear systems F(x; p) = 0 at once, 1 to 16 unknowns each, by damped Newton steps;
/// one system in each lane of a vector. The Jacobian and the elimination follow from the formulas.
///
/// A problem is a function of the unknowns (as many as it has results, unless {"unknowns": n} is
/// given), then of parameters that each system has its own values of, last of {"shared": s}
/// parameters that all systems share. Its results are the residuals. Where an unknown's range is
/// bounded on a side, no step goes beyond nine tenths of the way there: an area stays positive.
///
/// Arguments of a call: see newton::batch_of() in kernels/chunk.hpp; newton::Solver makes them.
class NewtonRaphson final : public Specializer {
public:
    std::string name() const override { return "newton"; }
    int version() const override { return 1; }
    std::optional<Problem> parse(const ir::Function& function, const Constants& given,
                                 Diagnostics& diagnostics) const override;
    Features features(const Problem& problem, long extent) const override;
    Space space(const Problem& problem, const jit::Platform& platform) const override;
    Specialization lower(const Problem& problem, const Variant& variant,
                         Target target) const override;
    Interpreter interpreter(const Problem& problem) const override;
    Example example(const Problem& problem, std::uint64_t seed, long extent) const override;
    std::vector<Tolerance> tolerances(const Problem& problem) const override;
};

}  // namespace asp::newton
