#pragma once
// What files and command lines call things.

#include <optional>
#include <string>
#include <string_view>

#include "gmm/fit.hpp"

namespace gmm {

std::string_view name_of(Start start);  ///< "kmeans", "k-means++", "random", "random_from_data"
std::optional<Start> parse_start(std::string_view name);
std::string known_starts();  ///< "kmeans, k-means++, random or random_from_data"

/// What name_of(Repair::Kind) gave.
std::optional<Repair::Kind> parse_repair(std::string_view name);

}  // namespace gmm
