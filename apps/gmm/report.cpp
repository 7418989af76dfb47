#include "gmm/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "gmm/names.hpp"

namespace gmm {
namespace {

/// At most three of a row's values.
std::string some_of(std::span<const double> values) {
    constexpr std::size_t most = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, values.size()); ++i)
        text += fmt::format("{}{:.4g}", i == 0 ? "" : ", ", values[i]);
    return values.size() > most ? text + ", ..." : text;
}

std::vector<double> deviations(const Mixture& mixture, std::size_t m) {
    std::vector<double> values(mixture.dimension());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::sqrt(variance_of(mixture, m, i));
    return values;
}

}  // namespace

Style Style::of_screen() {
    return {::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
}

std::string Style::paint(const char* code, const std::string& text) const {
    return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string seconds_text(double seconds) {
    if (seconds < 1e-6) return fmt::format("{:.3g} ns", 1e9 * seconds);
    if (seconds < 1e-3) return fmt::format("{:.3g} us", 1e6 * seconds);
    if (seconds < 1.0) return fmt::format("{:.3g} ms", 1e3 * seconds);
    return fmt::format("{:.3g} s", seconds);
}

std::string counted(std::size_t count, const std::string& thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string entry(const Style& style, const std::string& name, const std::string& text) {
    return style.bold(fmt::format("{:<12}", name)) + text + "\n";
}

std::string table(const Style& style, const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> width(head.size());
    for (std::size_t c = 0; c < head.size(); ++c) {
        width[c] = head[c].size();
        for (const auto& row : rows) width[c] = std::max(width[c], row[c].size());
    }
    const auto line = [&](const std::vector<std::string>& words) {
        std::string text = fmt::format("{:<{}}", words[0], width[0]);
        for (std::size_t c = 1; c < words.size(); ++c)
            text += fmt::format("  {:>{}}", words[c], width[c]);
        return text.substr(0, text.find_last_not_of(' ') + 1);
    };
    std::string text = style.dim(line(head)) + "\n";
    for (const auto& row : rows) text += line(row) + "\n";
    return text;
}

std::string title_of(const Mixture& mixture) {
    return fmt::format("{} {} component{} in {}", mixture.components(), name_of(mixture.covariance),
                       mixture.components() == 1 ? "" : "s",
                       counted(mixture.dimension(), "dimension"));
}

std::string repairs_text(const Style& style, const std::vector<Repair>& repairs) {
    std::map<std::string, std::vector<const Repair*>> of_kind;
    for (const Repair& repair : repairs)
        of_kind[std::string(name_of(repair.kind))].push_back(&repair);
    std::string text;
    for (const auto& [kind, all] : of_kind)
        text += entry(style, text.empty() ? "repairs" : "",
                      fmt::format("{} x {}, the last in iteration {}: {}", all.size(), kind,
                                  all.back()->iteration, all.back()->what));
    return text;
}

std::string drawn(std::span<const double> values) {
    constexpr std::size_t most_columns = 60, lines = 8;
    if (values.size() < 2) return "";
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const std::size_t columns = std::min(most_columns, values.size());
    std::vector<std::string> canvas(lines, std::string(columns, ' '));
    for (std::size_t c = 0; c < columns; ++c) {
        const double value = values[c * (values.size() - 1) / (columns - 1)];
        const double part = *high > *low ? (value - *low) / (*high - *low) : 1.0;
        const auto line = static_cast<std::size_t>(std::lround(part * (lines - 1)));
        canvas[lines - 1 - line][c] = '*';
    }
    std::string text;
    for (std::size_t k = 0; k < lines; ++k) {
        const std::string value = k == 0           ? fmt::format("{:.6g}", *high)
                                  : k + 1 == lines ? fmt::format("{:.6g}", *low)
                                                   : "";
        const std::string row = fmt::format("{:>12} |{}", value, canvas[k]);
        text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    }
    return text + fmt::format("{:>12}  1{:>{}}\n", "iteration", values.size(), columns - 1);
}

std::string components_text(const Style& style, const Mixture& mixture, std::size_t most) {
    std::vector<std::size_t> order(mixture.components());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return mixture.weights(a) > mixture.weights(b);
    });
    std::vector<std::vector<std::string>> rows;
    const std::size_t D = mixture.dimension();
    for (std::size_t k = 0; k < std::min(most, order.size()); ++k) {
        const std::size_t m = order[k];
        rows.push_back({fmt::format("{}", m), fmt::format("{:.4f}", mixture.weights(m)),
                        some_of({mixture.means[m].data(), D}), some_of(deviations(mixture, m))});
    }
    std::string text = table(style, {"component", "weight", "mean", "deviation"}, rows);
    if (order.size() > most) text += fmt::format("... and {} lighter ones\n", order.size() - most);
    return text;
}

}  // namespace gmm
