#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asp/ir/expression.hpp"

namespace asp::ir::detail {

/// How deep brackets, signs, blocks and the like may stand in each other. CPython draws the line
/// at 100 blocks and 200 brackets.
constexpr int max_nesting = 100;
constexpr std::size_t max_text = 256 * 1024;  ///< bytes

/// Stops reading a text: what follows would only be misunderstood.
struct SyntaxError {
    Span span;
    std::string message;
};

enum class Syntax : std::uint8_t {
    number,
    text,      ///< a string, for docstrings and type hints only
    constant,  ///< True, False, None, ...
    name,
    attribute,      ///< [object], text is the name behind the dot
    subscript,      ///< [object, index]
    slice,          ///< a:b:c in brackets; its parts are not kept
    call,           ///< [function, arguments...]; operators hold their keywords
    sign,           ///< [operand], text is + - or ~
    power,          ///< [base, exponent]
    chain,          ///< [a, b, ...] with operators of one precedence between them, from left
    comparison,     ///< [a, b, ...] with operators between them
    logical_not,    ///< [operand]
    logical_and,    ///< [a, b, ...]
    logical_or,     ///< [a, b, ...]
    conditional,    ///< [condition, if true, if false]
    sequence,       ///< a tuple or list
    comprehension,  ///< [element, target, iterable]
};

struct Operator {
    std::string_view text;
    Span span;
};

/// An expression as it was written. Chains of one operator are flat, so that long sums are not
/// deep.
struct Tree {
    Syntax kind{};
    Span span;              ///< with its brackets
    std::string_view text;  ///< of a name, sign or constant
    double number = 0.0;
    std::optional<std::int64_t> whole;  ///< of a number written without point and exponent
    std::vector<Tree> children;
    std::vector<Operator> operators;
};

struct Statement;
using Block = std::vector<Statement>;

/// One arm of an if statement.
struct Arm {
    Tree condition;
    Block body;
};

struct Statement {
    enum class Kind : std::uint8_t { assign, augment, if_else, loop, give_back, expression, pass };
    Kind kind{};
    Span span;
    std::vector<Tree> targets;  ///< of `a = b = value`; of an augmentation or loop, one
    Tree value;                 ///< the loop's iterable; kind text and empty if there is none
    Operator operation;         ///< of an augmentation: "+" for "+="
    std::vector<Arm> arms;
    Block otherwise;  ///< else
    Block body;       ///< of a loop
};

struct Parameter {
    std::string_view name;
    Span span;
    std::optional<Tree> preset;  ///< its default
};

struct Definition {
    std::string_view name;
    Span span;              ///< of its name
    std::string_view self;  ///< the first parameter of a method, which is not among the others
    std::vector<Parameter> parameters;
    Block body;
};

struct Module {
    Block constants;  ///< assignments outside of functions
    std::vector<Definition> functions;
    std::map<std::string_view, std::size_t> by_name;  ///< places in `functions`
    std::optional<std::size_t> kernel;                ///< the method of this name
    std::string_view kernel_of;                       ///< its class
};

/// One expression that may go over several lines. Throws SyntaxError.
Tree read_expression(std::string_view text);
/// Whether a text may define classes, whose methods stand for functions, and import asp.
enum class Classes : std::uint8_t { refused, allowed };
/// Function definitions, assignments of constants and imports. Throws SyntaxError.
Module read_module(std::string_view text, Classes classes = Classes::refused);

}  // namespace asp::ir::detail
