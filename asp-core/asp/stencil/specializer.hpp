#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp::stencil {

/// Grid functions (asp/ir/grid.hpp): loops over the points of a grid of one to three dimensions
/// that read fields at constant distances. All loops and time steps of a call make one sweep.
///
/// A problem is what encode() makes of an ir::GridFunction. The index space is the outermost
/// dimension; of a grid of one dimension, blocks of points. Arguments of a call: see
/// kernels/shape.hpp; stencil::Stencil makes them. Ranges may run in any order, since what a stage
/// reads beyond its range it computes again: written fields need a place of their own to go to
/// where needs_copy() says so.
class StencilSpecializer final : public Specializer {
public:
    std::string name() const override { return "stencil"; }
    int version() const override { return 2; }
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

}  // namespace asp::stencil
