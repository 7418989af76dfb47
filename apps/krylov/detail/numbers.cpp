#include "krylov/detail/numbers.hpp"

#include <charconv>
#include <cstdlib>
#include <string>

namespace krylov::detail {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

void drop_blanks(std::string_view& text) {
    std::size_t i = 0;
    while (i < text.size() && is_space(text[i])) ++i;
    text.remove_prefix(i);
}

/// from_chars takes no plus.
std::string_view without_plus(std::string_view text) {
    const bool has_plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
    return has_plus ? text.substr(1) : text;
}

/// Ends the number at `end`; false where something else follows at once.
bool ends_at(std::string_view& text, const char* end) {
    const auto used = static_cast<std::size_t>(end - text.data());
    if (used < text.size() && !is_space(text[used])) return false;
    text.remove_prefix(used);
    return true;
}

/// With an exponent after D or after nothing, or too great or small for from_chars.
bool take_unusual(std::string_view& text, double& value) {
    std::size_t length = 0;
    while (length < text.size() && !is_space(text[length])) ++length;
    std::string word(text.substr(0, length));
    const std::size_t mark = word.find_first_of("eEdDqQ");
    if (mark != word.npos)
        word[mark] = 'e';
    else if (const std::size_t sign = word.find_last_of("+-"); sign != word.npos && sign > 0)
        word.insert(sign, 1, 'e');
    if (word.empty() || word.find_first_not_of("+-.0123456789e") != word.npos) return false;
    char* end = nullptr;
    value = std::strtod(word.c_str(), &end);
    if (end != word.c_str() + word.size()) return false;
    text.remove_prefix(length);
    return true;
}

}  // namespace

bool take_whole(std::string_view& text, std::int64_t& value) {
    drop_blanks(text);
    const std::string_view digits = without_plus(text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && ends_at(text, end);
}

bool take_real(std::string_view& text, double& value) {
    drop_blanks(text);
    const std::string_view digits = without_plus(text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc{} && ends_at(text, end)) return true;
    return take_unusual(text, value);
}

bool is_blank(std::string_view text) {
    drop_blanks(text);
    return text.empty();
}

}  // namespace krylov::detail
