#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "krylov/detail/byte_stream.hpp"
#include "krylov/detail/numbers.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/detail/stored.hpp"

namespace krylov::detail {
namespace {

enum class Field { real, integer, complex, pattern };

struct Banner {
    bool is_array;
    Field field;
    Symmetry symmetry;
    std::string text;  ///< "coordinate real general"
};

std::string take_word(std::string_view& text) {
    std::string word;
    std::size_t i = 0;
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t')) ++i;
    for (; i < text.size() && text[i] != ' ' && text[i] != '\t'; ++i)
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
    text.remove_prefix(i);
    return word;
}

template <std::size_t N>
std::size_t take_choice(const LineReader& lines, std::string_view& text,
                        const std::array<std::string_view, N>& words, Banner& banner) {
    const std::string word = take_word(text);
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
        std::string expected(words[0]);
        for (std::size_t i = 1; i < N; ++i)
            expected.append(i + 1 == N ? " or " : ", ").append(words[i]);
        lines.refuse(fmt::format("'{}': expected {}", word, expected));
    }
    banner.text.append(banner.text.empty() ? "" : " ").append(word);
    return static_cast<std::size_t>(found - words.begin());
}

Banner read_banner(LineReader& lines) {
    static constexpr std::array<std::string_view, 2> layouts{"coordinate", "array"};
    static constexpr std::array<std::string_view, 4> fields{"real", "integer", "complex",
                                                            "pattern"};
    static constexpr std::array<std::string_view, 4> symmetries{"general", "symmetric",
                                                                "skew-symmetric", "hermitian"};
    lines.expect("%%MatrixMarket");
    std::string_view rest = lines.line();
    take_word(rest);
    if (const std::string object = take_word(rest); object != "matrix")
        lines.refuse(fmt::format("'{}': expected matrix", object));
    Banner banner{};
    banner.is_array = take_choice(lines, rest, layouts, banner) == 1;
    banner.field = static_cast<Field>(take_choice(lines, rest, fields, banner));
    banner.symmetry = static_cast<Symmetry>(take_choice(lines, rest, symmetries, banner));
    if (banner.is_array && banner.field == Field::pattern)
        lines.refuse("'array pattern': expected values in an array");
    return banner;
}

/// The next line that is neither comment nor blank.
bool next_content(LineReader& lines) {
    while (lines.next())
        if (!lines.line().starts_with('%') && !is_blank(lines.line())) return true;
    return false;
}

struct Sizes {
    std::int64_t rows = 0, columns = 0, entries = 0;
};

Sizes read_sizes(LineReader& lines, const Banner& banner) {
    const std::string_view expected = banner.is_array ? "'rows columns'" : "'rows columns entries'";
    if (!next_content(lines)) lines.expect(expected);
    std::string_view rest = lines.line();
    Sizes sizes;
    const bool is_read = take_whole(rest, sizes.rows) && take_whole(rest, sizes.columns) &&
                         (banner.is_array || take_whole(rest, sizes.entries));
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (!is_read || !is_blank(rest) || sizes.rows < 0 || sizes.columns < 0 || sizes.entries < 0)
        lines.refuse(fmt::format("'{}': expected {}", lines.line(), expected));
    if (sizes.rows > most || sizes.columns > most)
        lines.refuse(fmt::format("{} x {}: expected at most {} rows and columns", sizes.rows,
                                 sizes.columns, most));
    if (banner.symmetry != Symmetry::general && sizes.rows != sizes.columns)
        lines.refuse(fmt::format("{} x {}: expected a square matrix, as it is {}", sizes.rows,
                                 sizes.columns, name_of(banner.symmetry)));
    return sizes;
}

double take_finite(const LineReader& lines, std::string_view& rest, std::string_view expected) {
    double value = 0.0;
    if (!take_real(rest, value))
        lines.refuse(fmt::format("'{}': expected {}", lines.line(), expected));
    if (!std::isfinite(value))
        lines.refuse(fmt::format("'{}': expected a finite value", lines.line()));
    return value;
}

void take_value(const LineReader& lines, std::string_view& rest, Field field,
                std::string_view expected, double& value) {
    value = field == Field::pattern ? 1.0 : take_finite(lines, rest, expected);
}
void take_value(const LineReader& lines, std::string_view& rest, Field, std::string_view expected,
                std::complex<double>& value) {
    const double real = take_finite(lines, rest, expected);
    value = {real, take_finite(lines, rest, expected)};
}

double imaginary_part(double) {
    return 0.0;
}
double imaginary_part(std::complex<double> value) {
    return value.imag();
}

/// Sees to it that a file with one triangle has one.
class Triangle {
public:
    explicit Triangle(Symmetry symmetry) : symmetry_(symmetry) {}

    template <class Scalar>
    void check(const LineReader& lines, const Entry<Scalar>& entry) {
        if (symmetry_ == Symmetry::general) return;
        const auto place = [&] { return fmt::format("({}, {})", entry.row + 1, entry.column + 1); };
        if (entry.row == entry.column) {
            if (symmetry_ == Symmetry::skew && entry.value != Scalar{})
                lines.refuse(place() + ": expected no diagonal in a skew-symmetric file");
            if (symmetry_ == Symmetry::hermitian && imaginary_part(entry.value) != 0.0)
                lines.refuse(place() + ": expected a real diagonal in a hermitian file");
            return;
        }
        const bool is_below = entry.row > entry.column;
        (is_below ? below_ : above_) = lines.number();
        if (below_ > 0 && above_ > 0)
            lines.refuse(
                fmt::format("{} is {} the diagonal and line {} is not: expected one "
                            "triangle in a {} file",
                            place(), is_below ? "below" : "above", is_below ? above_ : below_,
                            name_of(symmetry_)));
    }

private:
    Symmetry symmetry_;
    std::int64_t below_ = 0, above_ = 0;  ///< lines that last had an entry there
};

std::string_view form_of(Field field, bool is_array) {
    if (field == Field::pattern) return "'row column'";
    if (field == Field::complex)
        return is_array ? "'real imaginary'" : "'row column real imaginary'";
    return is_array ? "a number" : "'row column value'";
}

std::int64_t take_index(const LineReader& lines, std::string_view& rest, std::string_view what,
                        std::int64_t count, std::string_view form) {
    std::int64_t index = 0;
    if (!take_whole(rest, index))
        lines.refuse(fmt::format("'{}': expected {}", lines.line(), form));
    if (index < 1 || index > count)
        lines.refuse(fmt::format("{} {}: expected 1 to {}", what, index, count));
    return index - 1;
}

template <class Scalar>
std::vector<Entry<Scalar>> read_coordinates(LineReader& lines, const Banner& banner,
                                            const Sizes& sizes) {
    const std::string_view form = form_of(banner.field, false);
    Triangle triangle(banner.symmetry);
    std::vector<Entry<Scalar>> entries;
    entries.reserve(lines.at_most(sizes.entries, 4));  // "1 1" and the line's end
    while (std::ssize(entries) < sizes.entries) {
        if (!next_content(lines))
            lines.expect(fmt::format("{} entries, found {}", sizes.entries, entries.size()));
        std::string_view rest = lines.line();
        Entry<Scalar> entry{};
        entry.row = take_index(lines, rest, "row", sizes.rows, form);
        entry.column = take_index(lines, rest, "column", sizes.columns, form);
        take_value(lines, rest, banner.field, form, entry.value);
        if (!is_blank(rest)) lines.refuse(fmt::format("'{}': expected {}", lines.line(), form));
        triangle.check(lines, entry);
        entries.push_back(entry);
    }
    return entries;
}

/// Column by column; of a symmetric one from the diagonal down, of a skew one from below it.
template <class Scalar>
std::vector<Entry<Scalar>> read_array(LineReader& lines, const Banner& banner, const Sizes& sizes) {
    const std::string_view form = form_of(banner.field, true);
    Triangle triangle(banner.symmetry);
    std::vector<Entry<Scalar>> entries;
    for (std::int64_t column = 0; sizes.rows > 0 && column < sizes.columns; ++column) {
        const std::int64_t first = banner.symmetry == Symmetry::general ? 0
                                   : banner.symmetry == Symmetry::skew  ? column + 1
                                                                        : column;
        for (std::int64_t row = first; row < sizes.rows; ++row) {
            if (!next_content(lines))
                lines.expect(fmt::format("the value of ({}, {})", row + 1, column + 1));
            std::string_view rest = lines.line();
            Entry<Scalar> entry{row, column, {}};
            take_value(lines, rest, banner.field, form, entry.value);
            if (!is_blank(rest)) lines.refuse(fmt::format("'{}': expected {}", lines.line(), form));
            triangle.check(lines, entry);
            entries.push_back(entry);
        }
    }
    return entries;
}

template <class Scalar>
LoadedMatrix read_entries(LineReader& lines, const Banner& banner, const std::string& file) {
    const Sizes sizes = read_sizes(lines, banner);
    const auto entries = banner.is_array ? read_array<Scalar>(lines, banner, sizes)
                                         : read_coordinates<Scalar>(lines, banner, sizes);
    if (next_content(lines))
        lines.refuse(
            fmt::format("'{}': expected the end after {} entries", lines.line(), entries.size()));
    return completed<Scalar>(sizes.rows, sizes.columns, entries, banner.symmetry, file);
}

}  // namespace

LoadedMatrix read_matrix_market(const std::filesystem::path& path) {
    LineReader lines(path);
    const Banner banner = read_banner(lines);
    LoadedMatrix result = banner.field == Field::complex
                              ? read_entries<std::complex<double>>(lines, banner, path.string())
                              : read_entries<double>(lines, banner, path.string());
    result.format = "Matrix Market, " + banner.text;
    return result;
}

}  // namespace krylov::detail
