#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "asp_program/findings.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

constexpr std::array<Colour, 4> state_colours{Colour::green, Colour::plain, Colour::yellow,
                                              Colour::red};

void print(const Findings& findings) {
    std::string last;
    for (const Finding& f : findings) {
        const std::string topic = f.topic == last ? "" : f.topic;
        last = f.topic;
        const std::string word = fmt::format("{:<8}", word_of(f.state));
        fmt::print("{:<12} {} {}\n", topic,
                   coloured(word, state_colours[static_cast<std::size_t>(f.state)]), f.found);
        if (!f.means.empty()) fmt::print("{:<21} {}\n", "", f.means);
        if (!f.cure.empty())
            fmt::print("{:<21} {}\n", "", coloured("cure: " + f.cure, Colour::bold));
    }
}

std::size_t count(const Findings& findings, State state) {
    return static_cast<std::size_t>(std::ranges::count(findings, state, &Finding::state));
}

std::string verdict(const Findings& findings) {
    const std::size_t broken = count(findings, State::broken);
    const std::size_t warnings = count(findings, State::warning);
    if (broken > 0)
        return fmt::format("{} broken, {}", counted(broken, "thing"), counted(warnings, "warning"));
    if (warnings > 0) return fmt::format("all works, at a cost: {}", counted(warnings, "warning"));
    return "all is well";
}

nlohmann::json to_json(const Findings& findings) {
    nlohmann::json table = nlohmann::json::array();
    for (const Finding& f : findings)
        table.push_back({{"topic", f.topic},
                         {"state", word_of(f.state)},
                         {"found", f.found},
                         {"means", f.means},
                         {"cure", f.cure}});
    return table;
}

}  // namespace

asp::ExitCode doctor_command(const Output& output) {
    const Findings findings = examine();
    const bool is_broken = count(findings, State::broken) > 0;
    if (!output.quiet) {
        print(findings);
        fmt::print("\n{}\n", verdict(findings));
    }
    write_summary(output, "doctor", is_broken ? "failed" : "converged",
                  {{"findings", to_json(findings)},
                   {"broken", count(findings, State::broken)},
                   {"warnings", count(findings, State::warning)}});
    return is_broken ? asp::ExitCode::failure : asp::ExitCode::done;
}

}  // namespace asp_program
