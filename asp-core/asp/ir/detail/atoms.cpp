#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/parser.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Token::Kind;

/// The value of a float literal without underscores. Python takes what is too large as inf.
double real_value(const std::string& digits) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    // the power of ten of the first digit that is not 0 tells which end was left
    const auto e = std::min(digits.find_first_of("eE"), digits.size());
    const auto point = std::min(digits.find('.'), e), first = digits.find_first_of("123456789");
    int exponent = 0;
    if (e < digits.size()) {
        const bool negative = digits[e + 1] == '-';
        const char* begin = digits.data() + e + 1 + (negative || digits[e + 1] == '+' ? 1 : 0);
        if (std::from_chars(begin, digits.data() + digits.size(), exponent).ec != std::errc{})
            exponent = std::numeric_limits<int>::max() / 2;
        if (negative) exponent = -exponent;
    }
    const bool large = static_cast<long>(point) - static_cast<long>(first) + exponent > 0;
    return large ? std::numeric_limits<double>::infinity() : 0.0;
}

}  // namespace

Tree Parser::postfix() {
    const Span begin = now().span;
    Tree result = atom();
    for (int count = 0;; ++count) {
        if (count > max_nesting) fail_here("this is nested too deeply; give a part of it a name");
        if (at("(")) {
            result = call(std::move(result));
        } else if (at("[")) {
            result = subscript(std::move(result));
        } else if (take(".")) {
            const Token name = expect_name("a name after '.'");
            result = tree(Syntax::attribute, list(std::move(result)), since(begin));
            result.text = name.text;
        } else {
            return result;
        }
    }
}

Tree Parser::call(Tree function) {
    const Span begin = function.span;
    take();
    Tree result = tree(Syntax::call, list(std::move(function)), begin);
    while (!at(")")) {
        Operator keyword{{}, now().span};
        if (at(Kind::name) && next_is("=")) {
            keyword = {now().text, now().span};
            take();
            take();
        }
        Tree argument = expression();
        if (at("for") && keyword.text.empty()) argument = comprehension(std::move(argument));
        result.operators.push_back(keyword);
        result.children.push_back(std::move(argument));
        if (!take(",")) break;
    }
    expect(")", "or ',' after an argument");
    result.span = since(begin);
    return result;
}

Tree Parser::subscript(Tree object) {
    const Span begin = object.span;
    take();
    const Span inside = now().span;
    Tree index = slice();
    if (at(",")) {
        std::vector<Tree> parts = list(std::move(index));
        while (take(",") && !at("]")) parts.push_back(slice());
        index = tree(Syntax::sequence, std::move(parts), since(inside));
    }
    expect("]", "after an index");
    return tree(Syntax::subscript, list(std::move(object), std::move(index)), since(begin));
}

Tree Parser::slice() {
    const Span begin = now().span;
    if (!at(":")) {
        Tree index = expression();
        if (!at(":")) return index;
    }
    for (int colons = 0; colons < 2 && take(":"); ++colons)
        if (!at(":") && !at("]") && !at(",")) expression();
    return tree(Syntax::slice, {}, since(begin));
}

Tree Parser::atom() {
    const Token token = now();
    Tree result;
    result.span = token.span;
    result.text = token.text;
    switch (token.kind) {
        case Kind::name:
            result.kind = Syntax::name;
            take();
            return result;
        case Kind::number:
            return number();
        case Kind::text:
            result.kind = Syntax::text;
            while (at(Kind::text)) take();  // strings side by side are one
            result.span = since(token.span);
            return result;
        case Kind::keyword:
            if (!at("True") && !at("False") && !at("None")) expected_expression();
            result.kind = Syntax::constant;
            take();
            return result;
        default:
            if (at("(") || at("[")) return bracketed();
            if (!at("...")) expected_expression();
            result.kind = Syntax::constant;
            take();
            return result;
    }
}

/// A tuple, a list, or one expression in parentheses.
Tree Parser::bracketed() {
    const Token open = take();
    const bool is_list = open.text == "[";
    const std::string_view close = is_list ? "]" : ")";
    std::vector<Tree> elements;
    bool comma = is_list;
    while (!at(close)) {
        Tree element = expression();
        if (at("for") && elements.empty()) {
            Tree result = comprehension(std::move(element));
            expect(close, "after a comprehension");
            result.span = since(open.span);
            return result;
        }
        elements.push_back(std::move(element));
        if (!take(",")) break;
        comma = true;
    }
    if (!at(close)) refuse_foreign_operator();
    expect(close, "or an operator");
    if (!comma && elements.size() == 1) {
        elements[0].span = since(open.span);
        return std::move(elements[0]);
    }
    return tree(Syntax::sequence, std::move(elements), since(open.span));
}

Tree Parser::comprehension(Tree element) {
    const Span begin = element.span;
    std::vector<Tree> parts = list(std::move(element));
    expect("for", "in a comprehension");
    parts.push_back(target());
    expect("in", "after the variable of a loop");
    parts.push_back(disjunction());
    if (at("if") || at("for")) fail_here("a comprehension has one 'for' here, and no 'if'");
    return tree(Syntax::comprehension, std::move(parts), since(begin));
}

/// What a loop assigns to: a name or a tuple of such.
Tree Parser::target() {
    const Level level(*this);
    const Span begin = now().span;
    const auto one = [&] {
        if (!take("(")) {
            Tree name;
            const Token token = expect_name("the variable of a loop");
            name.kind = Syntax::name;
            name.span = token.span;
            name.text = token.text;
            return name;
        }
        Tree inner = target();
        expect(")", "after the variables of a loop");
        return inner;
    };
    Tree first = one();
    if (!at(",")) return first;
    std::vector<Tree> parts = list(std::move(first));
    while (take(",") && !at("in") && !at(")")) parts.push_back(one());
    return tree(Syntax::sequence, std::move(parts), since(begin));
}

Tree Parser::number() {
    const Token token = take();
    std::string digits(token.text);
    std::erase(digits, '_');
    Tree result;
    result.kind = Syntax::number;
    result.span = token.span;
    result.text = token.text;
    const bool prefixed =
        digits.size() > 1 && digits[0] == '0' && (digits[1] | 32) >= 'b' && (digits[1] | 32) != 'e';
    if (!prefixed && digits.find_first_of(".eE") != std::string::npos) {
        result.number = real_value(digits);
        return result;
    }
    const int base = !prefixed                 ? 10
                     : (digits[1] | 32) == 'x' ? 16
                     : (digits[1] | 32) == 'o' ? 8
                                               : 2;
    std::int64_t whole = 0;
    const char* begin = digits.data() + (prefixed ? 2 : 0);
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(begin, last, whole, base);
    const bool zeros = digits.find_first_not_of('0') == std::string::npos;
    if (end != last || begin == last || (base == 10 && digits[0] == '0' && !zeros))
        throw SyntaxError{token.span, quoted(token.text) + " is no number"};
    if (error == std::errc{})
        result.whole = whole;
    else if (base == 10)
        result.number = real_value(digits);
    else
        throw SyntaxError{token.span, quoted(token.text) + " is too large"};
    return result;
}

}  // namespace asp::ir::detail
