#pragma once

#include <map>
#include <string>

namespace asp::jit::detail {

/// The lines "key : value" of the first processor in /proc/cpuinfo: the others are alike, and on a
/// large machine take milliseconds. Read once per process.
const std::map<std::string, std::string>& first_processor();

/// Empty if there is no such line.
std::string processor_line(const std::string& key);

}  // namespace asp::jit::detail
