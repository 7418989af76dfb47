#pragma once
// How the commands write to people and to files.

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "asp_program/commands.hpp"

namespace asp_program {

enum class Colour { plain, bold, green, yellow, red };

/// The text in colour where the standard output is a terminal (and NO_COLOR is not set), else as
/// it is.
std::string coloured(const std::string& text, Colour colour);

std::string bytes_text(std::uintmax_t bytes);                      ///< "12.3 MB"
std::string age_text(std::chrono::system_clock::time_point then);  ///< "today", "3 days"
std::string seconds_text(double seconds);                          ///< "1.2 ms"
std::string counted(std::size_t count, const std::string& thing);  ///< "2 records"
std::string joined(const std::vector<std::string>& words, const std::string& between);

/// Writes the summary, if one was asked for, below the keys that every program's summary has.
void write_summary(const Output& output, const std::string& command, const std::string& status,
                   const nlohmann::json& results);

}  // namespace asp_program
