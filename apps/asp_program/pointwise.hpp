#pragma once

#include "asp/specialize/specializer.hpp"

namespace asp_program {

/// y[i] = f(a[i], b[i], ...) for a function of one result: the plainest loop there is, to measure
/// the core with. A stencil, too, where the arguments are one grid read at shifted places.
/// Arguments of a call: arrays 0 to n - 1: the function's, array n: y.
class Pointwise final : public asp::Specializer {
public:
    std::string name() const override { return "pointwise"; }
    int version() const override { return 1; }
    std::optional<asp::Problem> parse(const asp::ir::Function& function, const asp::Constants&,
                                      asp::Diagnostics& diagnostics) const override;
    asp::Features features(const asp::Problem& problem, long extent) const override;
    asp::Space space(const asp::Problem&, const asp::jit::Platform&) const override { return {}; }
    asp::Specialization lower(const asp::Problem& problem, const asp::Variant& variant,
                              asp::Target target) const override;
    asp::Interpreter interpreter(const asp::Problem& problem) const override;
    asp::Example example(const asp::Problem& problem, std::uint64_t seed,
                         long extent) const override;
    std::vector<asp::Tolerance> tolerances(const asp::Problem& problem) const override;
};

}  // namespace asp_program
