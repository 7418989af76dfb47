#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow::detail {

/// All that the next step of a run depends on besides its state, one "name = value" in a line.
/// Values, not texts: another comment in a file, or a line that says the default, changes nothing.
std::vector<std::string> premises_of(const RunConfig& config, const Mesh& mesh);

/// The first thing in which the premises of a file differ from those of this run, in words; nothing
/// where they are the same.
std::optional<std::string> first_difference(const std::vector<std::string>& there,
                                            const std::vector<std::string>& here);

}  // namespace bloodflow::detail
