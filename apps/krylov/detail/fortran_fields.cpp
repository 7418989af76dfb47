#include "krylov/detail/fortran_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "krylov/detail/numbers.hpp"

namespace krylov::detail {
namespace {

/// What is left of a format, letters large and blanks gone.
struct Rest {
    std::string text;
    std::size_t at = 0;

    char peek() const { return at < text.size() ? text[at] : '\0'; }
    bool take(char c) {
        const bool is_there = peek() == c;
        at += is_there;
        return is_there;
    }
    /// Up to four digits, `otherwise` where there are none.
    int number(int otherwise) {
        int value = 0;
        const std::size_t begin = at;
        while (std::isdigit(static_cast<unsigned char>(peek())) != 0 && at - begin < 4)
            value = 10 * value + (text[at++] - '0');
        return at == begin ? otherwise : value;
    }
};

Rest normalized(std::string_view text) {
    Rest rest;
    for (const char c : text)
        if (c != ' ') rest.text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return rest;
}

/// What may stand before the field itself: scale factors and skipped columns. Gives the number that
/// stood last without a letter of these, a repeat count.
int parse_prefixes(Rest& rest, FortranFormat& format) {
    for (;;) {
        const bool is_negative = rest.take('-');
        const int count = rest.number(1);
        if (rest.take('P'))
            format.scale = is_negative ? -count : count;
        else if (rest.take('X'))
            format.skipped += count;
        else
            return is_negative ? -1 : count;
        rest.take(',');
    }
}

bool parse_field(Rest& rest, FortranFormat& format) {
    const char letter = rest.peek();
    if (std::string_view("IEDFG").find(letter) == std::string_view::npos || letter == '\0')
        return false;
    ++rest.at;
    format.is_whole = letter == 'I';
    format.width = rest.number(0);
    if (rest.take('.')) format.decimals = rest.number(0);
    if (rest.take('E')) rest.number(0);  // digits of the exponent
    if (format.is_whole) format.decimals = 0;
    return format.width > 0;
}

bool parse(Rest& rest, FortranFormat& format) {
    if (!rest.take('(')) return false;
    int count = parse_prefixes(rest, format);
    int depth = 1;
    while (rest.take('(')) {
        ++depth;
        const int inner = parse_prefixes(rest, format);
        if (count < 1 || inner < 1 || inner > 4096 / std::max(count, 1)) return false;
        count *= inner;
    }
    format.per_line = count;
    if (count < 1 || !parse_field(rest, format)) return false;
    while (depth > 0 && rest.take(')')) --depth;
    return depth == 0 && rest.peek() == '\0';
}

}  // namespace

FortranFormat parse_fortran_format(std::string_view text, const LineReader& lines) {
    FortranFormat format;
    Rest rest = normalized(text);
    if (!parse(rest, format))
        lines.refuse(fmt::format("'{}': expected a format like (16I5) or (1P,4E20.12)", rest.text));
    return format;
}

std::int64_t FortranFields::whole() {
    const std::string_view text = field();
    std::string_view rest = text;
    std::int64_t value = 0;
    if (!take_whole(rest, value) || !is_blank(rest)) refuse(text, "a whole number");
    return value;
}

double FortranFields::real() {
    const std::string_view text = field();
    std::string_view rest = text;
    double value = 0.0;
    if (!take_real(rest, value) || !is_blank(rest)) refuse(text, "a number");
    if (!std::isfinite(value)) refuse(text, "a finite value");
    const std::size_t sign = text.find_last_of("+-");
    const bool has_exponent = text.find_first_of("EeDdQq") != text.npos ||
                              (sign != text.npos && text.find_first_of(".0123456789") < sign);
    const int point = format_.decimals != 0 && text.find('.') == text.npos ? format_.decimals : 0;
    const int shift = point + (has_exponent ? 0 : format_.scale);
    return shift == 0 ? value : value / std::pow(10.0, shift);
}

/// The next field, empty where the line is too short for it.
std::string_view FortranFields::field() {
    if (next_ == format_.per_line) {
        lines_.expect(what_);
        next_ = 0;
    }
    const auto skipped = static_cast<std::size_t>(format_.skipped);
    const auto width = static_cast<std::size_t>(format_.width);
    const std::size_t begin = static_cast<std::size_t>(next_++) * (skipped + width) + skipped;
    const std::string_view line = lines_.line();
    return line.substr(std::min(begin, line.size()), width);
}

void FortranFields::refuse(std::string_view field, std::string_view expected) const {
    const auto stride = format_.skipped + format_.width;
    lines_.refuse(fmt::format("columns {} to {}: '{}': expected {}, the {}",
                              (next_ - 1) * stride + format_.skipped + 1, next_ * stride, field,
                              expected, what_));
}

}  // namespace krylov::detail
