#include <array>
#include <set>
#include <utility>

#include "asp/ir/detail/characters.hpp"
#include "asp/ir/detail/parser.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Token::Kind;

struct Hint {
    std::string_view keyword, instead;
};

constexpr std::array<Hint, 25> hints{{
    {"while", "loops are 'for' over a constant range, tuple or list"},
    {"break", "loops are unrolled; put what depends on a condition in an 'if'"},
    {"continue", "loops are unrolled; put what depends on a condition in an 'if'"},
    {"try", "a function only computes"},
    {"except", "a function only computes"},
    {"finally", "a function only computes"},
    {"raise", "a function only computes"},
    {"assert", "a function only computes"},
    {"with", "a function only computes"},
    {"yield", "a function returns its results together"},
    {"async", "a function only computes"},
    {"await", "a function only computes"},
    {"class", "only functions are defined"},
    {"lambda", "use 'def'"},
    {"def", "functions are defined side by side, not within each other"},
    {"global", "a function only computes"},
    {"nonlocal", "a function only computes"},
    {"del", "a function only computes"},
    {"import", "only math and numpy are known, and need no import"},
    {"from", "only math and numpy are known, and need no import"},
    {"is", "compare with '=='"},
    {"in", "write the comparisons out"},
    {"as", ""},
    {"elif", "there is no 'if' before it"},
    {"else", "there is no 'if' before it"},
}};

}  // namespace

void Parser::refuse_keyword() const {
    const std::string_view word = at("not") && next_is("in") ? "not in" : now().text;
    for (const Hint& hint : hints) {
        if (hint.keyword != now().text || hint.instead.empty()) continue;
        const bool misplaced = word == "else" || word == "elif";
        fail_here(quoted(word) +
                  (misplaced ? " does not belong here: " : " is not supported here; ") +
                  std::string(hint.instead));
    }
    fail_here(word == "not in" ? "'not in' is not supported here; write the comparisons out"
                               : quoted(word) + " does not belong here");
}

Module Parser::module() {
    Module module;
    while (!at(Kind::end)) {
        if (take(Kind::newline)) continue;
        skip_decorators();
        if (at("def"))
            definition(module);
        else if (at("class") && classes_ == Classes::allowed)
            class_of_methods(module);
        else if (at("import") || at("from"))
            import();
        else if (at("if") || at("for") || at("return"))
            fail_here(quoted(now().text) + " stands outside of a function");
        else
            simple_statements(module.constants);
    }
    return module;
}

bool Parser::take(Token::Kind kind) {
    if (!at(kind)) return false;
    if (kind != Kind::end) ++at_;
    return true;
}

void Parser::skip_decorators() {
    while (at("@")) {
        while (!at(Kind::newline) && !at(Kind::end)) take();
        while (take(Kind::newline)) {
        }
    }
}

/// "import numpy as np", "from math import sqrt, pi": the names mean the same without it.
void Parser::import() {
    const bool from = take().text == "from";
    do {
        const Token module = expect_name("the name of a module");
        const bool is_ours = module.text == "asp" && classes_ == Classes::allowed;
        if (module.text != "math" && module.text != "numpy" && !is_ours)
            throw SyntaxError{module.span, quoted(module.text) +
                                               " cannot be imported here; only math and numpy are "
                                               "known"};
        if (from) {
            expect("import", "after the name of a module");
            while (!at(Kind::newline) && !at(Kind::end)) take();
        } else if (take("as")) {
            const Token alias = expect_name("a name after 'as'");
            if (alias.text != "np" && alias.text != module.text && !is_ours)
                throw SyntaxError{alias.span, "only 'np' is known as another name of numpy"};
        }
    } while (!from && take(","));
    if (!at(Kind::end) && !take(Kind::newline))
        fail_here("expected the end of the line, found " + found());
}

void Parser::definition(Module& module) {
    take();
    Definition result;
    const Token name = expect_name("the name of a function after 'def'");
    result.name = name.text;
    result.span = name.span;
    expect("(", "after the name of a function");
    result.parameters = parameters();
    expect(")", "or ',' after a parameter");
    if (take("->")) expression();  // a type hint
    result.body = block("def");
    if (!module.by_name.emplace(name.text, module.functions.size()).second)
        throw SyntaxError{name.span, quoted(name.text) + " is defined twice"};
    module.functions.push_back(std::move(result));
}

void Parser::method(Module& module, std::string_view of_class) {
    definition(module);
    Definition& result = module.functions.back();
    if (result.parameters.empty())
        throw SyntaxError{result.span, "a method has a first parameter 'self'"};
    result.self = result.parameters[0].name;
    result.parameters.erase(result.parameters.begin());
    if (result.name != "kernel") return;
    module.kernel = module.functions.size() - 1;
    module.kernel_of = of_class;
}

/// Its methods become functions without 'self', its constants those of the module.
void Parser::class_of_methods(Module& module) {
    const Level level(*this);
    take();
    const Token name = expect_name("the name of a class");
    if (take("(")) {
        while (!at(")")) {
            expression();  // what it is derived from
            if (!take(",")) break;
        }
        expect(")", "after the class it is derived from");
    }
    expect(":", "at the end of the line of 'class'");
    while (take(Kind::newline)) {
    }
    if (!take(Kind::indent))
        fail_here("expected an indented block after 'class', found " + found());
    while (!at(Kind::dedent) && !at(Kind::end)) {
        if (take(Kind::newline)) continue;
        skip_decorators();
        if (at("def"))
            method(module, name.text);
        else
            simple_statements(module.constants);
    }
    take(Kind::dedent);
}

std::vector<Parameter> Parser::parameters() {
    std::vector<Parameter> result;
    std::set<std::string_view> names;
    while (!at(")")) {
        if (at("*") || at("**") || at("/"))
            fail_here(found() + " among parameters is not supported here");
        const Token name = expect_name("a parameter");
        if (!names.insert(name.text).second)
            throw SyntaxError{name.span, "there are two parameters " + quoted(name.text)};
        Parameter parameter{name.text, name.span, {}};
        if (take(":")) expression();  // a type hint
        if (take("=")) parameter.preset = expression();
        if (!parameter.preset && !result.empty() && result.back().preset)
            throw SyntaxError{name.span,
                              "a parameter without a default follows one with a default"};
        result.push_back(std::move(parameter));
        if (!take(",")) break;
    }
    return result;
}

Block Parser::block(std::string_view of) {
    const Level level(*this);
    if (!at(":")) refuse_foreign_operator();
    expect(":", "at the end of the line of " + quoted(of));
    Block result;
    if (!take(Kind::newline)) {
        simple_statements(result);
        return result;
    }
    while (take(Kind::newline)) {
    }
    if (!take(Kind::indent))
        fail_here("expected an indented block after " + quoted(of) + ", found " + found());
    while (!at(Kind::dedent) && !at(Kind::end)) {
        if (take(Kind::newline)) continue;
        if (at(Kind::indent)) fail_here("this line is indented further than the one above");
        if (at("if") || at("for"))
            result.push_back(compound_statement());
        else
            simple_statements(result);
    }
    take(Kind::dedent);
    return result;
}

/// One line, perhaps with several statements between semicolons.
void Parser::simple_statements(Block& block) {
    do {
        if (at(Kind::newline) || at(Kind::end)) break;
        block.push_back(simple_statement());
    } while (take(";"));
    if (at(Kind::end) || at(Kind::dedent) || take(Kind::newline)) return;
    refuse_foreign_operator();
    fail_here("expected an operator or the end of the line, found " + found());
}

Statement Parser::simple_statement() {
    if (at(Kind::indent)) fail_here("this line is indented further than the one above");
    if (!at("return") && !at("pass")) return statement_of_expression();
    Statement result;
    result.span = take().span;
    if (tokens_[at_ - 1].text == "pass") {
        result.kind = Statement::Kind::pass;
        return result;
    }
    result.kind = Statement::Kind::give_back;
    if (at(Kind::newline) || at(Kind::end) || at(Kind::dedent))
        throw SyntaxError{result.span, "'return' needs a value"};
    result.value = expression_list();
    return result;
}

/// An assignment of any kind, or an expression that stands alone.
Statement Parser::statement_of_expression() {
    constexpr std::array<std::string_view, 12> augmentations{
        "+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "&=", "|=", "^=", "<<="};
    Statement result;
    const Span begin = now().span;
    Tree first = expression_list();
    result.value.kind = Syntax::text;
    for (const std::string_view symbol : augmentations) {
        if (!at(symbol)) continue;
        const Token token = take();
        result.kind = Statement::Kind::augment;
        result.operation = {token.text.substr(0, token.text.size() - 1), token.span};
        result.targets.push_back(std::move(first));
        result.value = expression_list();
        result.span = since(begin);
        return result;
    }
    if (take(":")) {
        expression();  // a type hint
        result.kind = Statement::Kind::pass;
        if (!at("=")) return result;
    }
    result.kind = at("=") ? Statement::Kind::assign : Statement::Kind::expression;
    while (take("=")) {
        result.targets.push_back(std::move(first));
        first = expression_list();
    }
    result.value = std::move(first);
    result.span = since(begin);
    return result;
}

Statement Parser::compound_statement() {
    return at("if") ? if_else() : loop();
}

Statement Parser::if_else() {
    Statement result;
    result.kind = Statement::Kind::if_else;
    result.span = now().span;
    do {
        const std::string_view word = take().text;
        Arm arm;
        arm.condition = expression();
        arm.body = block(word);
        result.arms.push_back(std::move(arm));
    } while (at("elif"));
    if (take("else")) result.otherwise = block("else");
    return result;
}

Statement Parser::loop() {
    Statement result;
    result.kind = Statement::Kind::loop;
    result.span = take().span;
    result.targets.push_back(target());
    expect("in", "after the variable of a loop");
    result.value = expression_list();
    result.body = block("for");
    if (at("else")) fail_here("'else' of a loop is not supported here");
    return result;
}

Module read_module(std::string_view text, Classes classes) {
    return Parser(text, Layout::lines, classes).module();
}

}  // namespace asp::ir::detail
