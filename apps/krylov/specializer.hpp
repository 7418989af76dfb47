#pragma once

#include <complex>
#include <type_traits>

#include "asp/specialize/specializer.hpp"
#include "krylov/kernel_config.hpp"

namespace krylov {

template <class Scalar>
constexpr ScalarKind kind_of() {
    if constexpr (std::is_same_v<Scalar, double>) return ScalarKind::real64;
    if constexpr (std::is_same_v<Scalar, float>) return ScalarKind::real32;
    if constexpr (std::is_same_v<Scalar, std::complex<double>>) return ScalarKind::complex64;
    return ScalarKind::complex32;
}

asp::Problem problem_of(const KernelConfig& config);
KernelConfig config_of(const asp::Problem& problem);

/// One level of the matrix powers over a range of rows or slices. A problem is what problem_of()
/// makes of a KernelConfig; its function only names what is computed. All rungs round alike: to the
/// bit the same results.
class AkxSpecializer final : public asp::Specializer {
public:
    std::string name() const override { return "akx"; }
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

}  // namespace krylov
