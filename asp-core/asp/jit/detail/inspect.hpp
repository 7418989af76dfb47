#pragma once

#include <filesystem>
#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit::detail {

/// Where there is no compiler at all.
constexpr const char* no_compiler_message =
    "no C++ compiler works here: install one (apt-get install g++) or name one in ASP_CXX";

/// Asks the compiler what it is, and lets it compile a probe whose numbers are checked. The error
/// is one line, with the cure. Takes a tenth of a second.
Expected<Toolchain, std::string> inspect(const std::filesystem::path& compiler,
                                         const ToolchainSearch& search);

/// The probe alone: nothing, or why the compiler does not work.
std::optional<std::string> why_broken(const Toolchain& toolchain,
                                      std::chrono::milliseconds time_limit);

/// Of kind, version, machine, and the file's size and time.
std::string identity_of(const Toolchain& toolchain);

}  // namespace asp::jit::detail
