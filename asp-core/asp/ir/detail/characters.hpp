#pragma once

#include <string>
#include <string_view>

namespace asp::ir::detail {

/// Bytes of the first character in UTF-8; 0 if there is none, or it is broken.
std::size_t character_length(std::string_view text);

/// Text for a message: in quotes, cut where it is long; what cannot be shown as \xNN.
std::string quoted(std::string_view text);

}  // namespace asp::ir::detail
