#include "asp_program/findings.hpp"

namespace asp_program {

const char* word_of(State state) {
    constexpr std::array words{"ok", "note", "warning", "broken"};
    return words[static_cast<std::size_t>(state)];
}

Findings examine() {
    const asp::jit::ToolchainReport compilers =
        asp::jit::find_toolchains({.use_remembered = false});
    Findings findings;
    examine_machine(findings);
    examine_compilers(compilers, findings);
    examine_storage(findings);
    examine_probe(compilers.found.empty() ? std::nullopt : std::optional(compilers.found.front()),
                  findings);
    return findings;
}

}  // namespace asp_program
