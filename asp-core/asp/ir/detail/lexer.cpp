#include "asp/ir/detail/lexer.hpp"

#include <algorithm>
#include <array>

#include "asp/ir/detail/characters.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 35> keywords{
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

// longest first
constexpr std::array<std::string_view, 51> symbols{
    "**=", "//=", ">>=", "<<=", "...", "**", "//", "==", "!=", "<=", ">=", "->", ":=",
    "+=",  "-=",  "*=",  "/=",  "%=",  "@=", "&=", "|=", "^=", "<<", ">>", "&&", "||",
    "+",   "-",   "*",   "/",   "%",   "@",  "&",  "|",  "^",  "~",  "<",  ">",  "(",
    ")",   "[",   "]",   "{",   "}",   ",",  ":",  ".",  ";",  "=",  "!",  "?"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

class Lexer {
public:
    Lexer(std::string_view text, Layout layout) : text_(text), layout_(layout) {}

    std::vector<Token> run() {
        if (text_.size() > max_text)
            throw SyntaxError{{}, "the text is longer than " + std::to_string(max_text) + " bytes"};
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
        if (lines()) start_of_line();
        while (at_ < text_.size()) next();
        if (!brackets_.empty()) {
            const auto open = static_cast<std::uint32_t>(brackets_.back());
            throw SyntaxError{{open, open + 1}, quoted(text_.substr(open, 1)) + " is never closed"};
        }
        // what is missing at the end is missed behind the last word, not on an empty line below
        at_ = tokens_.empty() ? 0 : tokens_.back().span.end;
        if (lines()) {
            if (!tokens_.empty() && tokens_.back().kind != Kind::newline) push(Kind::newline, 0);
            while (indents_.size() > 1) close_block();
        }
        push(Kind::end, 0);
        return std::move(tokens_);
    }

private:
    struct Indent {
        std::size_t wide, narrow;  ///< columns with tabs of 8 and of 1
    };

    bool lines() const { return layout_ == Layout::lines; }
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool at_newline() const { return peek() == '\n' || peek() == '\r'; }
    Span span_of(std::size_t begin, std::size_t length) const {
        return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + length)};
    }
    [[noreturn]] void fail(std::size_t length, std::string message) const {
        throw SyntaxError{span_of(at_, length), std::move(message)};
    }
    void push(Kind kind, std::size_t length) {
        tokens_.push_back({kind, span_of(at_, length), text_.substr(at_, length)});
        at_ += length;
    }
    void close_block() {
        indents_.pop_back();
        push(Kind::dedent, 0);
    }
    void skip_newline() { at_ += peek() == '\r' && peek(1) == '\n' ? 2 : 1; }

    void next() {
        const char c = peek();
        if (at_newline()) {
            const bool ends_line = lines() && brackets_.empty();
            if (ends_line) push(Kind::newline, 0);
            skip_newline();
            if (ends_line) start_of_line();
        } else if (is_space(c)) {
            ++at_;
        } else if (c == '#') {
            while (at_ < text_.size() && !at_newline()) ++at_;
        } else if (c == '\\' && (peek(1) == '\n' || peek(1) == '\r')) {
            ++at_;
            skip_newline();
        } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            number();
        } else if (starts_text()) {
            text_literal();
        } else if (is_letter(c)) {
            std::size_t length = 1;
            while (is_letter(peek(length)) || is_digit(peek(length))) ++length;
            push(is_keyword(text_.substr(at_, length)) ? Kind::keyword : Kind::name, length);
        } else {
            symbol();
        }
    }

    /// Skips empty lines; blocks begin and end by the indentation of the next one.
    void start_of_line() {
        for (;;) {
            const Indent indent = indentation();
            if (at_ >= text_.size()) return;
            if (peek() == '#')
                while (at_ < text_.size() && !at_newline()) ++at_;
            if (at_ >= text_.size()) return;
            if (!at_newline()) return change_indentation(indent);
            skip_newline();
        }
    }
    Indent indentation() {
        Indent indent{0, 0};
        for (; is_space(peek()); ++at_) {
            if (peek() == '\f')
                indent = {0, 0};
            else
                indent.wide = peek() == '\t' ? indent.wide / 8 * 8 + 8 : indent.wide + 1;
            if (peek() != '\f') ++indent.narrow;
        }
        return indent;
    }
    void change_indentation(Indent indent) {
        if (indents_.empty()) indents_.push_back(indent);  // a whole text may be indented
        const auto deeper = [&] { return indent.wide > indents_.back().wide; };
        const auto fail_line = [&](const char* message) {
            throw SyntaxError{span_of(at_, 1), message};
        };
        if (deeper()) {
            if (indent.narrow <= indents_.back().narrow)
                fail_line("tabs and spaces are mixed in the indentation");
            if (indents_.size() > static_cast<std::size_t>(max_nesting))
                fail_line("blocks are nested too deeply");
            indents_.push_back(indent);
            return push(Kind::indent, 0);
        }
        while (indents_.size() > 1 && indent.wide < indents_.back().wide) close_block();
        if (indent.wide != indents_.back().wide)
            fail_line("this indentation matches no line above");
        if (indent.narrow != indents_.back().narrow)
            fail_line("tabs and spaces are mixed in the indentation");
    }

    void number() {
        std::size_t length = 0;
        const auto letter = static_cast<char>(peek(1) | 32);
        if (peek() == '0' && (letter == 'x' || letter == 'b' || letter == 'o')) {
            length = 2;
            while (is_letter(peek(length)) || is_digit(peek(length))) ++length;
            return push(Kind::number, length);
        }
        const auto digits = [&] {
            while (is_digit(peek(length)) || (peek(length) == '_' && is_digit(peek(length + 1))))
                ++length;
        };
        digits();
        if (peek(length) == '.') {
            ++length;
            digits();
        }
        if ((peek(length) | 32) == 'e') {
            const std::size_t sign = peek(length + 1) == '+' || peek(length + 1) == '-' ? 1 : 0;
            if (is_digit(peek(length + 1 + sign))) {
                length += 1 + sign;
                digits();
            }
        }
        reject_letters_after_number(length);
        push(Kind::number, length);
    }
    void reject_letters_after_number(std::size_t length) const {
        if (!is_letter(peek(length))) return;
        std::size_t all = length;
        while (is_letter(peek(all)) || is_digit(peek(all))) ++all;
        const auto tail = text_.substr(at_ + length, all - length);
        if (tail == "j" || tail == "J") fail(all, "complex numbers are not supported here");
        fail(all, quoted(text_.substr(at_, all)) + " is no number; a product is written " +
                      std::string(text_.substr(at_, std::min<std::size_t>(length, 20))) + " * " +
                      std::string(tail.substr(0, 20)));
    }

    /// A quote, perhaps behind r, b, f or u.
    bool starts_text() const {
        std::size_t i = 0;
        while (i < 2 && std::string_view("rbfuRBFU").find(peek(i)) != std::string_view::npos &&
               peek(i) != '\0')
            ++i;
        return peek(i) == '"' || peek(i) == '\'';
    }
    void text_literal() {
        std::size_t length = 0;
        while (is_letter(peek(length))) ++length;
        const char quote = peek(length);
        const bool triple = peek(length + 1) == quote && peek(length + 2) == quote;
        const std::size_t quotes = triple ? 3 : 1;
        length += quotes;
        for (;; ++length) {
            const char c = peek(length);
            if (at_ + length >= text_.size() || (!triple && (c == '\n' || c == '\r')))
                fail(std::min<std::size_t>(length, 1), "this string is never closed");
            if (c == '\\') {
                ++length;
            } else if (c == quote &&
                       (!triple || (peek(length + 1) == quote && peek(length + 2) == quote))) {
                return push(Kind::text, length + quotes);
            }
        }
    }

    void symbol() {
        const auto found = std::find_if(symbols.begin(), symbols.end(), [&](std::string_view s) {
            return text_.substr(at_).starts_with(s);
        });
        if (found == symbols.end()) unknown_character();
        const char c = peek();
        if (c == '(' || c == '[' || c == '{') {
            if (brackets_.size() >= static_cast<std::size_t>(max_nesting))
                fail(1, "brackets are nested too deeply");
            brackets_.push_back(at_);
        } else if (c == ')' || c == ']' || c == '}') {
            if (brackets_.empty()) fail(1, quoted({&c, 1}) + " closes nothing");
            const char open = text_[brackets_.back()];
            if (c != (open == '(' ? ')' : open == '[' ? ']' : '}'))
                fail(1, quoted({&c, 1}) + " does not close " + quoted({&open, 1}));
            brackets_.pop_back();
        }
        push(Kind::symbol, found->size());
    }
    [[noreturn]] void unknown_character() const {
        struct Hint {
            std::string_view character, instead;
        };
        static constexpr std::array<Hint, 10> hints{{{"×", "*"},
                                                     {"·", "*"},
                                                     {"÷", "/"},
                                                     {"−", "-"},
                                                     {"–", "-"},
                                                     {"²", "**2"},
                                                     {"³", "**3"},
                                                     {"≤", "<="},
                                                     {"≥", ">="},
                                                     {"≠", "!="}}};
        for (const Hint& hint : hints)
            if (text_.substr(at_).starts_with(hint.character))
                fail(hint.character.size(), "unexpected " + quoted(hint.character) +
                                                "; it is written " + quoted(hint.instead));
        const std::size_t length = std::max<std::size_t>(character_length(text_.substr(at_)), 1);
        const bool letter = length > 1;
        fail(length, "unexpected character " + quoted(text_.substr(at_, length)) +
                         (letter ? "; names are made of a-z, A-Z, 0-9 and _" : ""));
    }

    std::string_view text_;
    Layout layout_;
    std::size_t at_ = 0;
    std::vector<Indent> indents_;
    std::vector<std::size_t> brackets_;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text, Layout layout) {
    return Lexer(text, layout).run();
}

bool is_keyword(std::string_view name) {
    return std::find(keywords.begin(), keywords.end(), name) != keywords.end();
}

}  // namespace asp::ir::detail
