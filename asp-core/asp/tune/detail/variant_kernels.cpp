#include "asp/tune/detail/variant_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace asp::tune::detail {

namespace {

using EntryType = std::remove_pointer_t<Entry>;

constexpr std::size_t most_in_one_text = 8;

bool is_fault_of_the_text(jit::CompileFailure::Reason reason) {
    using Reason = jit::CompileFailure::Reason;
    return reason == Reason::error || reason == Reason::timeout || reason == Reason::crash ||
           reason == Reason::remembered;
}

}  // namespace

VariantKernels::VariantKernels(const Specializer& specializer, const Problem& problem,
                               const Space& space, jit::KernelCache& cache,
                               std::optional<jit::Toolchain> toolchain)
    : specializer_(specializer),
      problem_(problem),
      space_(space),
      cache_(cache),
      toolchain_(std::move(toolchain)) {}

Variant VariantKernels::compiled_part(const Variant& variant) const {
    Variant part;
    for (const Parameter& p : space_.parameters)
        if (p.binding == Binding::compiled) part[p.name] = variant.at(p.name);
    return part;
}

VariantKernels::Built VariantKernels::built_alone(const Variant& variant) {
    const jit::BuildResult result = cache_.get_or_build(
        source_of(specializer_.lower(problem_, variant, Target::cpu)), toolchain_);
    ++compiled_;
    if (!result)
        return {nullptr, result.error().message, is_fault_of_the_text(result.error().reason)};
    modules_.push_back(result.value());
    return {result.value().function<EntryType>(default_entry)};
}

VariantKernels::Built VariantKernels::build(const Variant& variant) {
    const Variant part = compiled_part(variant);
    const auto found = built_.find(part);
    if (found != built_.end()) return found->second;
    return built_.emplace(part, built_alone(variant)).first->second;
}

void VariantKernels::build_together(std::span<const Variant> variants) {
    std::map<Variant, Variant> missing;  // by the compiled part
    for (const Variant& variant : variants)
        if (!built_.contains(compiled_part(variant)))
            missing.emplace(compiled_part(variant), variant);
    while (missing.size() > 1) {
        std::vector<Variant> parts;
        std::vector<Specialization> texts;
        while (!missing.empty() && texts.size() < most_in_one_text) {
            const auto next = missing.extract(missing.begin());
            parts.push_back(next.key());
            texts.push_back(specializer_.lower(problem_, next.mapped(), Target::cpu));
        }
        const jit::BuildResult result = cache_.get_or_build(source_of(texts), toolchain_);
        if (!result) return;  // each will be compiled alone, and the one to blame found
        ++compiled_;
        modules_.push_back(result.value());
        for (std::size_t i = 0; i < parts.size(); ++i)
            built_[parts[i]] = {
                result.value().function<EntryType>(fmt::format("asp_entry_{}", i).c_str())};
    }
}

}  // namespace asp::tune::detail
