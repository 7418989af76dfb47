#pragma once

#include <optional>
#include <span>
#include <string>

#include "asp/specialize/specializer.hpp"

namespace asp {

/// Where a kernel that nobody has run before runs.
enum class Isolation {
    here,   ///< in this process, by the calling thread
    child,  ///< in a forked child: it may crash or hang
};

/// What comes back from running `entry` over a whole example: its results, or why there are none.
struct Trial {
    std::optional<Example> results;
    std::string failure;  ///< "crashed (segmentation fault)", "did not end within 5 s"
};
/// Runs a copy of the example. `parameters`: the run-time parameters, in order. Throws BackendError
/// where the machine has no memory or no process for it.
Trial run_example(const Example& example, Entry entry, std::span<const long> parameters,
                  Isolation isolation, double limit_seconds = 5.0);

/// The same by the interpreter, here.
Example interpret_example(const Example& example, const Interpreter& interpreter);

/// Why a compiled kernel of the problem must not be used: it crashes, hangs, or its results on
/// examples differ from the interpreter's. Nothing where all is well.
std::optional<std::string> objection(const Specializer& specializer, const Problem& problem,
                                     Entry entry, std::span<const long> parameters,
                                     Isolation isolation, double limit_seconds = 5.0);

}  // namespace asp
