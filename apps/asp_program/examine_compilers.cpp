#include <fmt/format.h>

#include "asp_program/findings.hpp"

namespace asp_program {

void examine_compilers(const asp::jit::ToolchainReport& report, Findings& findings) {
    for (std::size_t k = 0; k < report.found.size(); ++k) {
        const asp::jit::Toolchain& t = report.found[k];
        findings.push_back(
            {State::good, "compiler", fmt::format("{}, {}", t.compiler.string(), t.version),
             k > 0 ? "works; taken when ASP_CXX names it"
                   : fmt::format("compiled a probe that computed the right numbers; kernels are "
                                 "compiled by it{}",
                                 t.tune.empty() ? "" : ", tuned for " + t.tune)});
    }
    // The last problem of a search that found nothing is its conclusion.
    const std::size_t refused = report.problems.size() - (report.found.empty() ? 1 : 0);
    for (std::size_t k = 0; k < refused; ++k)
        findings.push_back({State::warning, "compiler", report.problems[k], "it is not used"});
    if (report.found.empty())
        findings.push_back(
            {State::warning, "compiler", "none that works",
             "kernels run built in, or interpreted: some 2 to 6 times slower than compiled",
             report.problems.back()});
}

}  // namespace asp_program
