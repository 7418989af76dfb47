#include "asp/specialize/cpp_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <unordered_set>

namespace asp {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

/// Printable, and no part of what a compiler may read in a comment: its end, a line that goes on
/// ('\\' or "??/" at the end).
void append_to_comment(std::string& line, char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xc0) return;  // the first byte stands for all of a character
    if (c == '\t') c = ' ';
    if (c < ' ' || c > '~') c = '?';
    if (c == '\\') c = '/';
    const char before = line.back();
    const bool special =
        (before == '?' && c == '?') || (before == '*' && c == '/') || (before == '/' && c == '*');
    if (special) line += ' ';
    line += c;
}

}  // namespace

bool is_identifier(std::string_view text) {
    // C++20's, and names that some compilers define as macros or that the prelude uses.
    static const std::unordered_set<std::string_view> reserved{
        "alignas",       "alignof",      "and",
        "and_eq",        "asm",          "asp",
        "auto",          "bitand",       "bitor",
        "bool",          "break",        "case",
        "catch",         "char",         "char8_t",
        "char16_t",      "char32_t",     "class",
        "co_await",      "co_return",    "co_yield",
        "compl",         "concept",      "const",
        "const_cast",    "consteval",    "constexpr",
        "constinit",     "continue",     "decltype",
        "default",       "delete",       "do",
        "double",        "dynamic_cast", "else",
        "enum",          "explicit",     "export",
        "extern",        "false",        "float",
        "for",           "friend",       "goto",
        "i386",          "if",           "inline",
        "int",           "linux",        "long",
        "mutable",       "namespace",    "new",
        "noexcept",      "not",          "not_eq",
        "nullptr",       "operator",     "or",
        "or_eq",         "private",      "protected",
        "public",        "register",     "reinterpret_cast",
        "requires",      "return",       "short",
        "signed",        "sizeof",       "static",
        "static_assert", "static_cast",  "struct",
        "switch",        "template",     "this",
        "thread_local",  "throw",        "true",
        "try",           "typedef",      "typeid",
        "typename",      "union",        "unix",
        "unsigned",      "using",        "virtual",
        "void",          "volatile",     "wchar_t",
        "while",         "xor",          "xor_eq",
    };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), is_word) &&
           text.find("__") == std::string_view::npos && !text.starts_with("ASP_") &&
           reserved.count(text) == 0;
}

std::string emit_number(double value, std::string_view real) {
    const bool single = real == "float";
    if (single) value = static_cast<double>(static_cast<float>(value));
    const std::string type = fmt::format("<{}>", real);
    if (std::isnan(value)) return "asp::not_a_number" + type;
    if (std::isinf(value)) return (value < 0.0 ? "-asp::infinity" : "asp::infinity") + type;
    std::array<char, 32> digits;
    char* const begin = digits.data();
    char* const end = begin + digits.size();
    const auto written = single ? std::to_chars(begin, end, static_cast<float>(value))
                                : std::to_chars(begin, end, value);
    std::string text(begin, written.ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return single ? text + "f" : text;
}

std::string emit_comment(std::string_view text, int indent) {
    constexpr std::size_t most_lines = 40, most_columns = 400;
    const std::string margin = std::string(static_cast<std::size_t>(indent), ' ') + "//";
    text = text.substr(0, text.find_last_not_of(" \t\r\n\v\f") + 1);
    std::string comment;
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
        if (lines++ == most_lines) return comment + margin + " ...\n";
        const std::size_t end = std::min(text.find_first_of("\n\r\v\f", begin), text.size());
        std::string line = margin + " ";
        for (const char c : text.substr(begin, std::min(end - begin, most_columns)))
            append_to_comment(line, c);
        if (end - begin > most_columns) line += " ...";
        line.erase(line.find_last_not_of(' ') + 1);
        comment += line + "\n";
        begin = end + 1;
    }
    return comment;
}

}  // namespace asp
