#include "asp/ir/detail/parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "asp/ir/detail/characters.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Token::Kind;

/// Precedence of an operator between operands, as in Python; 0 if it is none.
int level_of(const Token& token) {
    if (token.kind != Kind::symbol) return 0;
    constexpr std::array<std::pair<std::string_view, int>, 12> levels{{{"|", 1},
                                                                       {"^", 2},
                                                                       {"&", 3},
                                                                       {"<<", 4},
                                                                       {">>", 4},
                                                                       {"+", 5},
                                                                       {"-", 5},
                                                                       {"*", 6},
                                                                       {"/", 6},
                                                                       {"//", 6},
                                                                       {"%", 6},
                                                                       {"@", 6}}};
    for (const auto& [text, level] : levels)
        if (token.text == text) return level;
    return 0;
}

bool is_comparison(const Token& token) {
    constexpr std::array<std::string_view, 6> symbols{"<", "<=", ">", ">=", "==", "!="};
    return token.kind == Kind::symbol &&
           std::find(symbols.begin(), symbols.end(), token.text) != symbols.end();
}

}  // namespace

Parser::Level::Level(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > max_nesting) {
        --parser_.depth_;
        parser_.fail_here("this is nested too deeply; give a part of it a name");
    }
}

bool Parser::take(std::string_view word) {
    if (!at(word)) return false;
    ++at_;
    return true;
}

Token Parser::expect(std::string_view word, std::string_view where) {
    if (!at(word))
        fail_here("expected " + quoted(word) + " " + std::string(where) + ", found " + found());
    return take();
}

Token Parser::expect_name(std::string_view what) {
    if (!at(Kind::name)) fail_here("expected " + std::string(what) + ", found " + found());
    return take();
}

Span Parser::since(Span begin) const {
    return {begin.begin, at_ == 0 ? begin.end : std::max(begin.end, tokens_[at_ - 1].span.end)};
}

std::string Parser::found() const {
    switch (now().kind) {
        case Kind::newline:
            return "the end of the line";
        case Kind::indent:
            return "an indented line";
        case Kind::dedent:
            return "the end of the block";
        case Kind::end:
            return layout_ == Layout::free ? "the end of the formula" : "the end of the text";
        default:
            return quoted(now().text);
    }
}

void Parser::fail_here(std::string message) const {
    throw SyntaxError{now().span, std::move(message)};
}

void Parser::expected_expression() const {
    if (at("!")) fail_here("'!' is not supported here; write 'not'");
    if (at("{")) fail_here("'{' is not supported here: there are no sets and dictionaries");
    if (at("*") || at("**"))
        fail_here("expected a value, found " + found() + "; '*' before a value is not supported");
    if (at(Kind::keyword)) refuse_keyword();
    fail_here("expected a value, found " + found());
}

/// What stands behind an operand and is no operator of the language, with the right way.
void Parser::refuse_foreign_operator() const {
    if (at("=")) fail_here("'=' does not belong here; equality is written '=='");
    if (at("&&")) fail_here("'&&' is not supported here; write 'and'");
    if (at("||")) fail_here("'||' is not supported here; write 'or'");
    if (at("!")) fail_here("'!' is not supported here; write 'not'");
    if (at("?")) fail_here("'?' is not supported here; write 'a if condition else b'");
    if (at(":=")) fail_here("':=' is not supported here; assign in a line of its own");
    if (at(Kind::keyword)) refuse_keyword();
}

Tree Parser::whole_expression() {
    Tree result = expression_list();
    if (at(Kind::end)) return result;
    refuse_foreign_operator();
    fail_here("expected an operator or the end of the formula, found " + found());
}

Tree Parser::expression_list() {
    const Span begin = now().span;
    Tree first = expression();
    if (!at(",")) return first;
    std::vector<Tree> elements = list(std::move(first));
    const auto ends = [&] {
        return at(Kind::newline) || at(Kind::end) || at("=") || at(")") || at("]") || at(";") ||
               at(":");
    };
    while (take(",") && !ends()) elements.push_back(expression());
    return tree(Syntax::sequence, std::move(elements), since(begin));
}

Tree Parser::expression() {
    const Level level(*this);
    const Span begin = now().span;
    Tree value = disjunction();
    if (!take("if")) return value;
    Tree condition = disjunction();
    expect("else", "after 'value if condition'");
    std::vector<Tree> parts = list(std::move(condition), std::move(value));
    parts.push_back(expression());
    return tree(Syntax::conditional, std::move(parts), since(begin));
}

Tree Parser::disjunction() {
    const Span begin = now().span;
    Tree first = conjunction();
    if (!at("or")) return first;
    std::vector<Tree> parts = list(std::move(first));
    while (take("or")) parts.push_back(conjunction());
    return tree(Syntax::logical_or, std::move(parts), since(begin));
}

Tree Parser::conjunction() {
    const Span begin = now().span;
    Tree first = negation();
    if (!at("and")) return first;
    std::vector<Tree> parts = list(std::move(first));
    while (take("and")) parts.push_back(negation());
    return tree(Syntax::logical_and, std::move(parts), since(begin));
}

Tree Parser::negation() {
    if (!at("not")) return comparison();
    const Level level(*this);
    const Span begin = take().span;
    Tree operand = negation();
    return tree(Syntax::logical_not, list(std::move(operand)), since(begin));
}

Tree Parser::comparison() {
    const Span begin = now().span;
    Tree first = chain(1);
    const auto refuse_membership = [&] {
        if (at("is") || at("in") || (at("not") && next_is("in"))) refuse_keyword();
    };
    refuse_membership();
    if (!is_comparison(now())) return first;
    Tree result = tree(Syntax::comparison, list(std::move(first)), begin);
    while (is_comparison(now())) {
        const Token operation = take();
        result.operators.push_back({operation.text, operation.span});
        result.children.push_back(chain(1));
    }
    refuse_membership();
    result.span = since(begin);
    return result;
}

/// Operators of at least this level. Those of one level stand in one flat chain.
Tree Parser::chain(int lowest_level) {
    const Span begin = now().span;
    Tree left = signed_operand();
    for (int level = level_of(now()); level >= lowest_level && level > 0; level = level_of(now())) {
        Tree result = tree(Syntax::chain, list(std::move(left)), begin);
        while (level_of(now()) == level) {
            const Token operation = take();
            result.operators.push_back({operation.text, operation.span});
            result.children.push_back(chain(level + 1));
        }
        result.span = since(begin);
        left = std::move(result);
    }
    return left;
}

Tree Parser::signed_operand() {
    if (!at("-") && !at("+") && !at("~")) return power();
    const Level level(*this);
    const Token sign = take();
    Tree operand = signed_operand();
    Tree result = tree(Syntax::sign, list(std::move(operand)), since(sign.span));
    result.text = sign.text;
    return result;
}

/// Binds tighter than a sign on its left, less tightly than one on its right.
Tree Parser::power() {
    const Span begin = now().span;
    Tree base = postfix();
    if (!at("**")) return base;
    const Level level(*this);
    take();
    Tree exponent = signed_operand();
    return tree(Syntax::power, list(std::move(base), std::move(exponent)), since(begin));
}

Tree read_expression(std::string_view text) {
    return Parser(text, Layout::free).whole_expression();
}

}  // namespace asp::ir::detail
