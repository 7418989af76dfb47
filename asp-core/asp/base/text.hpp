#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace asp {

/// The candidate that `word` was most likely meant to be, for "did you mean"; nothing when none is
/// near. Near: at most a third of the letters inserted, deleted, replaced or swapped, at least one.
std::optional<std::string> nearest_name(std::string_view word,
                                        std::span<const std::string> candidates);

}  // namespace asp
