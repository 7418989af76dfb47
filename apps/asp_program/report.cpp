#include "asp_program/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "asp/base/version.hpp"
#include "asp/io/atomic_file.hpp"

namespace asp_program {

std::string coloured(const std::string& text, Colour colour) {
    static const bool is_plain = ::isatty(STDOUT_FILENO) == 0 || std::getenv("NO_COLOR") != nullptr;
    constexpr std::array<int, 5> codes{0, 1, 32, 33, 31};
    if (is_plain || colour == Colour::plain) return text;
    return fmt::format("\033[{}m{}\033[0m", codes[static_cast<std::size_t>(colour)], text);
}

std::string bytes_text(std::uintmax_t bytes) {
    constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; amount >= 1000.0 && unit + 1 < units.size(); ++unit) amount /= 1000.0;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", amount, units[unit]);
}

std::string age_text(std::chrono::system_clock::time_point then) {
    using Days = std::chrono::duration<long, std::ratio<86400>>;
    const long days =
        std::chrono::duration_cast<Days>(std::chrono::system_clock::now() - then).count();
    return days <= 0 ? "today" : counted(static_cast<std::size_t>(days), "day");
}

std::string seconds_text(double seconds) {
    if (seconds < 1e-6) return fmt::format("{:.3g} ns", 1e9 * seconds);
    if (seconds < 1e-3) return fmt::format("{:.3g} us", 1e6 * seconds);
    if (seconds < 1.0) return fmt::format("{:.3g} ms", 1e3 * seconds);
    return fmt::format("{:.3g} s", seconds);
}

std::string counted(std::size_t count, const std::string& thing) {
    if (count == 1) return "1 " + thing;
    const bool ends_in_y = thing.ends_with("y");
    return fmt::format("{} {}{}", count, ends_in_y ? thing.substr(0, thing.size() - 1) : thing,
                       ends_in_y ? "ies" : "s");
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    return fmt::format("{}", fmt::join(words, between));
}

void write_summary(const Output& output, const std::string& command, const std::string& status,
                   const nlohmann::json& results) {
    if (output.summary.empty()) return;
    const nlohmann::json summary{{"program", "asp"},
                                 {"command", command},
                                 {"version", asp::version},
                                 {"status", status},
                                 {"results", results}};
    // A path need not be UTF-8; what is not is replaced, since a summary must not fail over it.
    constexpr auto lenient = nlohmann::json::error_handler_t::replace;
    asp::io::write_text_atomically(output.summary, summary.dump(2, ' ', false, lenient) + "\n");
}

}  // namespace asp_program
