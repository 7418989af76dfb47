#pragma once

#include <string>
#include <string_view>

namespace asp {

/// A number as C++ has it, shortest text that gives the same value: "0.1", "1e-05f",
/// "-asp::infinity<double>".
std::string emit_number(double value, std::string_view real = "double");

/// `text` as lines of comment: printable ASCII that cannot end the comment or the line.
std::string emit_comment(std::string_view text, int indent = 0);

/// Whether it can name a variable: letters, digits and underscores, no keyword, nothing reserved.
bool is_identifier(std::string_view text);

}  // namespace asp
