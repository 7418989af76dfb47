#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp::pointwise {

/// Functions of numbers at the points of arrays: results[k][i] = f_k(x0[i], x1[i], ...).
///
/// {"numbers": mask} says which arguments are one number for all points: bit j stands for argument
/// j; the others have an array each. Arguments of a call: see kernels/pointwise.hpp;
/// pointwise::Evaluator makes them.
class Pointwise final : public Specializer {
public:
    static constexpr std::size_t most = 62;  ///< arguments, and results

    std::string name() const override { return "pointwise"; }
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

/// Whether an argument is one number for all points.
bool is_number(const Problem& problem, std::size_t argument);

/// What one point costs, in additions: an elementary function counts for ten.
long cost_of(const ir::Function& function);

}  // namespace asp::pointwise
