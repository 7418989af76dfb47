#pragma once

#include "asp/specialize/specializer.hpp"
#include "gmm/kernel_config.hpp"
#include "gmm/mixture.hpp"

namespace gmm {

/// Forms that compute mixtures of this covariance; which one depends on the mixture.
std::vector<Form> forms_of(Covariance covariance);

/// What the engine runs on this machine for a form and a shape.
KernelConfig kernel_config(Form form, bool is_single, int dimension, int components);

/// "squares, frames in lanes, single precision, 39 dimensions, 10 components"
std::string to_string(const KernelConfig& config);

asp::Problem problem_of(const KernelConfig& config);
KernelConfig config_of(const asp::Problem& problem);

/// Frames of the longest tile that a variant of the kernel has.
constexpr int longest_tile(Form form) {
    return form == Form::whitened ? 96 : 160;
}

/// Reals of scratch memory that one call of the kernel needs, at most, if its tiles are of no more
/// than `tile` frames.
long scratch_reals(const KernelConfig& config, long dimension, long components, long tile);

/// One pass of EM over a range of frames. A problem is what problem_of() makes of a KernelConfig;
/// its function only names what is computed. Variants give the same bits.
class EmSpecializer final : public asp::Specializer {
public:
    std::string name() const override { return "gmm_em"; }
    int version() const override { return 1; }
    std::optional<asp::Problem> parse(const asp::ir::Function& function,
                                      const asp::Constants& given,
                                      asp::Diagnostics& diagnostics) const override;
    asp::Features features(const asp::Problem& problem, long extent) const override;
    asp::Space space(const asp::Problem& problem,
                     const asp::jit::Platform& platform) const override;
    asp::Specialization lower(const asp::Problem& problem, const asp::Variant& variant,
                              asp::Target target) const override;
    asp::Interpreter interpreter(const asp::Problem& problem) const override;
    asp::Entry built_in(const asp::Problem& problem) const override;
    asp::Example example(const asp::Problem& problem, std::uint64_t seed,
                         long extent) const override;
    std::vector<asp::Tolerance> tolerances(const asp::Problem& problem) const override;
};

}  // namespace gmm
