#pragma once
// What `asp doctor` looks at.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "asp/jit/toolchain.hpp"

namespace asp_program {

enum class State {
    good,
    note,     ///< worth knowing
    warning,  ///< things work, at a cost
    broken,
};

/// "ok", "note", "warning", "broken"
const char* word_of(State state);

/// One thing that was looked at.
struct Finding {
    State state;
    std::string topic;       ///< "compiler"
    std::string found;       ///< what is there
    std::string means = {};  ///< for whoever uses it
    std::string cure = {};   ///< of a warning or of what is broken
};
using Findings = std::vector<Finding>;

/// All of what follows.
Findings examine();

/// Processor, harts, load, GPU, this program and its libraries.
void examine_machine(Findings& findings);
/// Looks at every compiler afresh, whatever earlier processes remember.
void examine_compilers(const asp::jit::ToolchainReport& report, Findings& findings);
/// Cache, pack and tuning database.
void examine_storage(Findings& findings);
/// One small problem from text to answer, then what floating-point arithmetic is like.
void examine_probe(const std::optional<asp::jit::Toolchain>& toolchain, Findings& findings);

}  // namespace asp_program
