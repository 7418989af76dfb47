#include "krylov/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace krylov {
namespace {

std::string csv_word(const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string word(1, '"');
    for (const char c : text) word.append(c == '"' ? 2 : 1, c);
    return word.append(1, '"');
}

}  // namespace

Style Style::of_screen() {
    return {::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
}

std::string Style::paint(const char* code, const std::string& text) const {
    return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string bytes_text(double bytes) {
    constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (; bytes >= 1000.0 && unit + 1 < units.size(); ++unit) bytes /= 1000.0;
    return unit == 0 ? fmt::format("{:.0f} B", bytes)
                     : fmt::format("{:.3g} {}", bytes, units[unit]);
}

std::string seconds_text(double seconds) {
    if (seconds < 1e-6) return fmt::format("{:.3g} ns", 1e9 * seconds);
    if (seconds < 1e-3) return fmt::format("{:.3g} us", 1e6 * seconds);
    if (seconds < 1.0) return fmt::format("{:.3g} ms", 1e3 * seconds);
    return fmt::format("{:.3g} s", seconds);
}

std::string counted(std::size_t count, const std::string& thing) {
    if (count == 1) return "1 " + thing;
    const bool is_consonant_y = thing.ends_with("ry");
    return fmt::format("{} {}{}", count, is_consonant_y ? thing.substr(0, thing.size() - 1) : thing,
                       is_consonant_y ? "ies" : "s");
}

std::string alternatives(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text.append(i == 0 ? "" : i + 1 < words.size() ? ", " : " or ").append(words[i]);
    return text;
}

std::string number_or_blank(double value, int digits) {
    return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "";
}

std::string entry(const Style& style, const std::string& name, const std::string& text) {
    return style.bold(fmt::format("{:<12}", name)) + text + "\n";
}

std::string Table::text(const Style& style) const {
    std::vector<std::size_t> width(head.size());
    for (std::size_t c = 0; c < head.size(); ++c) {
        width[c] = head[c].size();
        for (const auto& row : rows) width[c] = std::max(width[c], row[c].size());
    }
    const auto line = [&](const std::vector<std::string>& words) {
        std::string text;
        for (std::size_t c = 0; c < words.size(); ++c) {
            const bool is_left = c == 0 || std::find(left.begin(), left.end(), c) != left.end();
            text += (c == 0 ? "" : "  ");
            text += is_left ? fmt::format("{:<{}}", words[c], width[c])
                            : fmt::format("{:>{}}", words[c], width[c]);
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    };
    std::string text = style.dim(line(head)) + "\n";
    for (const auto& row : rows) text += line(row) + "\n";
    return text;
}

std::string Table::csv() const {
    std::string text;
    const auto add = [&](const std::vector<std::string>& words) {
        for (std::size_t c = 0; c < words.size(); ++c) {
            if (c > 0) text += ',';
            text += csv_word(words[c]);
        }
        text += '\n';
    };
    add(head);
    for (const auto& row : rows) add(row);
    return text;
}

}  // namespace krylov
