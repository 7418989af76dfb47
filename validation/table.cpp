#include "validation/table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "asp/base/testing.hpp"

namespace validation {
namespace {

struct Verdict {
    bool agrees;
    std::string difference, tolerance;
};

std::string percent(double fraction) {
    return fmt::format("{:.4g} %", 100.0 * fraction);
}

Verdict judge(double ours, double reference, const Tolerance& t) {
    const double difference = ours - reference;
    // Written so that NaN fails.
    const auto within = [&](double d) { return d >= -t.below && d <= t.above; };
    const auto bounds = [&](auto text) {
        return t.below == t.above ? text(t.above)
                                  : fmt::format("-{}, +{}", text(t.below), text(t.above));
    };
    switch (t.kind) {
        case Tolerance::Kind::at_least:
            return {ours >= reference, "", "at least"};
        case Tolerance::Kind::at_most:
            return {ours <= reference, "", "at most"};
        case Tolerance::Kind::relative: {
            const double fraction = difference / std::abs(reference);
            return {within(fraction), percent(fraction), bounds(percent)};
        }
        case Tolerance::Kind::absolute:
            break;
    }
    const auto plain = [](double value) { return fmt::format("{:.3g}", value); };
    return {within(difference), plain(difference), bounds(plain)};
}

void append(const std::string& name, const std::string& row) {
    static std::set<std::string> begun;
    const std::filesystem::path folder = ASP_VALIDATION_TABLES;
    std::filesystem::create_directories(folder);
    const bool first = begun.insert(name).second;
    std::ofstream file(folder / (name + ".md"), first ? std::ios::trunc : std::ios::app);
    file << row << '\n';
}

}  // namespace

bool Table::agrees(const std::string& quantity, double ours, double reference,
                   const Tolerance& tolerance) const {
    const Verdict verdict = judge(ours, reference, tolerance);
    const std::string row =
        fmt::format("| {} | {} | {:.7g} | {:.7g} | {}{} | {} |", case_, quantity, ours, reference,
                    verdict.difference, verdict.agrees ? "" : " **fails**", verdict.tolerance);
    append(case_, row);
    if (!verdict.agrees) UNSCOPED_INFO(row);
    return verdict.agrees;
}

}  // namespace validation
