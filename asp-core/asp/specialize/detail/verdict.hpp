#pragma once

#include <optional>
#include <span>
#include <string>

#include "asp/jit/module.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp::detail {

/// Why a module must not be used; nothing where it passed the check, now or before. A module that
/// lies in the cache is checked once, by whoever compiled it: the verdict stands beside it.
std::optional<std::string> verdict(const Specializer& specializer, const Problem& problem,
                                   Entry entry, std::span<const long> parameters,
                                   const jit::Module& module);

}  // namespace asp::detail
