#include <fmt/format.h>

#include <algorithm>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/parse.hpp"

namespace asp::ir {
namespace {

constexpr std::size_t widest = 96;  ///< characters of a shown line

/// The line of a text in which a place lies.
struct Line {
    std::string_view text;
    std::size_t begin;  ///< in the whole text
    int number;         ///< from 0
};

bool ends_line(std::string_view text, std::size_t at) {
    // "\r\n" ends a line once, with its second byte
    return text[at] == '\n' ||
           (text[at] == '\r' && (at + 1 >= text.size() || text[at + 1] != '\n'));
}

Line line_at(std::string_view text, std::size_t place) {
    Line line{{}, 0, 0};
    for (std::size_t i = 0; i < place; ++i) {
        if (!ends_line(text, i)) continue;
        line.begin = i + 1;
        ++line.number;
    }
    const std::size_t end = std::min(text.find_first_of("\r\n", line.begin), text.size());
    line.text = text.substr(line.begin, end - line.begin);
    return line;
}

/// A line as it is shown: each cell is one character wide.
struct Cells {
    std::vector<std::string> cells;
    std::size_t first = 0, last = 0;  ///< those of the span: [first, last)
    std::size_t column = 1;           ///< where the span begins, in characters from 1
};

Cells cells_of(const Line& line, Span span) {
    Cells result;
    std::string_view rest = line.text;
    for (std::size_t at = line.begin; !rest.empty();) {
        const std::size_t valid = detail::character_length(rest);
        const std::size_t length = std::max<std::size_t>(valid, 1);
        const auto byte = static_cast<unsigned char>(rest[0]);
        if (at < span.begin) ++result.column;
        if (byte == '\t') {
            do result.cells.emplace_back(" ");
            while (result.cells.size() % 4 != 0);
        } else if (valid == 0 || byte < 0x20 || byte == 0x7f) {
            result.cells.emplace_back("?");
        } else {
            result.cells.emplace_back(rest.substr(0, length));
        }
        at += length;
        if (at <= span.begin) result.first = result.cells.size();
        if (at <= span.end) result.last = result.cells.size();
        rest.remove_prefix(length);
    }
    result.last = std::max(result.last, result.first + 1);
    return result;
}

/// The line, cut around the span where it is long, and the caret below it.
std::string excerpt(const Cells& line) {
    std::size_t begin = 0, end = line.cells.size();
    while (begin < std::min(line.first, end) && line.cells[begin] == " ") ++begin;
    if (end - begin > widest) {
        begin = std::max(begin, std::min(line.first - std::min(line.first, widest / 3),
                                         line.cells.size() - widest));
        end = begin + widest;
    }
    const bool cut_left = begin > 0 && end - begin == widest;
    std::string text = cut_left ? "    ..." : "    ";
    std::string marks(text.size(), ' ');
    for (std::size_t i = begin; i < end; ++i) text += line.cells[i];
    if (end < line.cells.size()) text += "...";
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (text.empty()) return {};
    marks.append(line.first - begin, ' ');
    marks += '^';
    const std::size_t last = std::min(line.last, std::max(end, line.first + 1));
    marks.append(last - line.first - 1, '~');
    return "\n" + text + "\n" + marks;
}

}  // namespace

std::string complaint(const Source& source, Span span, const std::string& message) {
    const std::string_view text = source.text;
    span.begin = std::min(span.begin, static_cast<std::uint32_t>(text.size()));
    span.end = std::min(std::max(span.end, span.begin), static_cast<std::uint32_t>(text.size()));
    const Line line = line_at(text, span.begin);
    const Cells cells = cells_of(line, span);
    if (source.first_line == 0)
        return fmt::format("{}: {}{}", source.place, message, excerpt(cells));
    return fmt::format("{}:{}:{}: {}{}", source.place, source.first_line + line.number,
                       cells.column, message, excerpt(cells));
}

}  // namespace asp::ir
