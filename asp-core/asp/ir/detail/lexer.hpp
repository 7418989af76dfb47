#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "asp/ir/detail/syntax.hpp"

namespace asp::ir::detail {

struct Token {
    enum class Kind : std::uint8_t {
        name,
        keyword,
        number,
        text,
        symbol,
        newline,
        indent,
        dedent,
        end
    };
    Kind kind{};
    Span span;
    std::string_view text;
};

/// Whether lines and their indentation mean something.
enum class Layout { free, lines };

/// Python's tokens; the last one is `end`. Throws SyntaxError.
std::vector<Token> tokens_of(std::string_view text, Layout layout);

bool is_keyword(std::string_view name);

}  // namespace asp::ir::detail
