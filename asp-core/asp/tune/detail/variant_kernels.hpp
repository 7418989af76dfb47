#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "asp/jit/kernel_cache.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp::tune::detail {

/// The compiled kernels of one problem's variants. Variants that differ in run-time parameters only
/// share one.
class VariantKernels {
public:
    VariantKernels(const Specializer& specializer, const Problem& problem, const Space& space,
                   jit::KernelCache& cache, std::optional<jit::Toolchain> toolchain);

    struct Built {
        Entry entry = nullptr;  ///< null: it could not be compiled
        std::string failure = {};
        bool at_fault = false;  ///< the variant's text, not the machine, is to blame
    };

    /// Compiled now, unless it is there.
    Built build(const Variant& variant);
    /// Compiles those that are not there in few translation units: half the time each.
    void build_together(std::span<const Variant> variants);

    int compiled() const { return compiled_; }

private:
    Variant compiled_part(const Variant& variant) const;
    Built built_alone(const Variant& variant);

    const Specializer& specializer_;
    const Problem& problem_;
    const Space& space_;
    jit::KernelCache& cache_;
    std::optional<jit::Toolchain> toolchain_;
    std::map<Variant, Built> built_;    ///< by the compiled part
    std::vector<jit::Module> modules_;  ///< keeps the code loaded
    int compiled_ = 0;
};

}  // namespace asp::tune::detail
