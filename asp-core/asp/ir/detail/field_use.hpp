#pragma once

#include <set>
#include <string_view>

#include "asp/ir/detail/syntax.hpp"

namespace asp::ir::detail {

/// Parameters of a function that are used as fields: read at something in brackets, asked for what
/// only fields have, or given to a function that does so, also by another name.
std::set<std::string_view> field_parameters(const Module& module, std::size_t function);

}  // namespace asp::ir::detail
