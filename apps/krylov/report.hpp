#pragma once
// How the commands write to people.

#include <cstddef>
#include <string>
#include <vector>

namespace krylov {

/// How things look on this screen: in colour, or as they are.
struct Style {
    bool colour = false;

    /// In colour where the standard output is a terminal and NO_COLOR is not set.
    static Style of_screen();

    std::string paint(const char* code, const std::string& text) const;
    std::string bold(const std::string& text) const { return paint("1", text); }
    std::string dim(const std::string& text) const { return paint("2", text); }
    std::string good(const std::string& text) const { return paint("32", text); }
    std::string bad(const std::string& text) const { return paint("31", text); }
};

std::string bytes_text(double bytes);                              ///< "12.3 MB"
std::string seconds_text(double seconds);                          ///< "1.2 ms"
std::string counted(std::size_t count, const std::string& thing);  ///< "2 rows"
/// "a, b or c"
std::string alternatives(const std::vector<std::string>& words);
/// "" for a number that is none.
std::string number_or_blank(double value, int digits = 2);

/// "plan      text", the first column as wide as in all lines that the commands print.
std::string entry(const Style& style, const std::string& name, const std::string& text);

/// Columns as wide as what stands in them: the first from the left, and those named in `left`; the
/// others, being numbers, from the right.
struct Table {
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> left = {};

    std::string text(const Style& style) const;
    /// Comma-separated, quoted where needed.
    std::string csv() const;
};

}  // namespace krylov
