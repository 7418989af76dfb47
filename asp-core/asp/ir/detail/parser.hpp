#pragma once

#include <string>
#include <utility>
#include <vector>

#include "asp/ir/detail/lexer.hpp"

namespace asp::ir::detail {

inline Tree tree(Syntax kind, std::vector<Tree> children, Span span) {
    Tree result;
    result.kind = kind;
    result.children = std::move(children);
    result.span = span;
    return result;
}

inline std::vector<Tree> list(Tree a) {
    std::vector<Tree> result;
    result.push_back(std::move(a));
    return result;
}

inline std::vector<Tree> list(Tree a, Tree b) {
    std::vector<Tree> result = list(std::move(a));
    result.push_back(std::move(b));
    return result;
}

/// Recursive descent over Python's grammar, as far as it is supported. All of it throws
/// SyntaxError.
class Parser {
public:
    Parser(std::string_view text, Layout layout, Classes classes = Classes::refused)
        : text_(text), layout_(layout), classes_(classes), tokens_(tokens_of(text, layout)) {}

    Tree whole_expression();
    Module module();

private:
    // parser.cpp: expressions
    Tree expression();       ///< with `if else`
    Tree expression_list();  ///< "a, b" is a tuple
    Tree disjunction();
    Tree conjunction();
    Tree negation();
    Tree comparison();
    Tree chain(int lowest_level);
    Tree signed_operand();
    Tree power();

    // atoms.cpp: what operators stand between
    Tree postfix();
    Tree call(Tree function);
    Tree subscript(Tree object);
    Tree slice();
    Tree atom();
    Tree bracketed();
    Tree comprehension(Tree element);
    Tree number();
    Tree target();

    // statements.cpp
    void import();
    void definition(Module& module);
    void method(Module& module, std::string_view of_class);
    void class_of_methods(Module& module);
    std::vector<Parameter> parameters();
    Block block(std::string_view of);
    void simple_statements(Block& block);
    Statement simple_statement();
    Statement statement_of_expression();
    Statement compound_statement();
    Statement if_else();
    Statement loop();
    void skip_decorators();

    // tokens
    const Token& now() const { return tokens_[at_]; }
    bool at(std::string_view word) const { return is(now(), word); }
    bool next_is(std::string_view word) const {
        return at_ + 1 < tokens_.size() && is(tokens_[at_ + 1], word);
    }
    bool at(Token::Kind kind) const { return now().kind == kind; }
    static bool is(const Token& token, std::string_view word) {
        return (token.kind == Token::Kind::symbol || token.kind == Token::Kind::keyword) &&
               token.text == word;
    }
    Token take() { return at(Token::Kind::end) ? now() : tokens_[at_++]; }
    bool take(std::string_view word);
    bool take(Token::Kind kind);
    Token expect(std::string_view word, std::string_view where);
    Token expect_name(std::string_view what);
    Span since(Span begin) const;  ///< to the end of the last token taken
    std::string found() const;     ///< the next token, for a message
    [[noreturn]] void fail_here(std::string message) const;
    [[noreturn]] void refuse_keyword() const;
    [[noreturn]] void expected_expression() const;
    void refuse_foreign_operator() const;

    /// Held while a nested construct is read.
    class Level {
    public:
        explicit Level(Parser& parser);
        ~Level() { --parser_.depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Parser& parser_;
    };

    std::string_view text_;
    Layout layout_;
    Classes classes_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace asp::ir::detail
