#include "asp/ir/print.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace asp::ir {
namespace {

/// How tightly a text holds together, from Python's grammar.
enum Tightness {
    anything,
    conditional,
    disjunction,
    conjunction,
    negation,
    comparison,
    sum,
    product,
    sign,
    power_of,
    atom
};

struct Infix {
    Op op;
    std::string_view symbol;
    Tightness own, left, right;  ///< of the whole, and what the operands must at least have
};

constexpr std::array<Infix, 11> infixes{{
    {Op::logical_or, " or ", disjunction, disjunction, conjunction},
    {Op::logical_and, " and ", conjunction, conjunction, negation},
    {Op::less, " < ", comparison, sum, sum},
    {Op::less_equal, " <= ", comparison, sum, sum},
    {Op::equal, " == ", comparison, sum, sum},
    {Op::not_equal, " != ", comparison, sum, sum},
    {Op::add, " + ", sum, sum, product},
    {Op::subtract, " - ", sum, sum, product},
    {Op::multiply, " * ", product, product, sign},
    {Op::divide, " / ", product, product, sign},
    {Op::power, "**", power_of, atom, sign},
}};

const Infix* infix_of(Op op) {
    for (const Infix& infix : infixes)
        if (infix.op == op) return &infix;
    return nullptr;
}

std::string_view function_of(Op op) {
    switch (op) {
        case Op::absolute:
            return "abs";
        case Op::square_root:
            return "sqrt";
        case Op::cube_root:
            return "cbrt";
        case Op::exponential:
            return "exp";
        case Op::logarithm:
            return "log";
        case Op::sine:
            return "sin";
        case Op::cosine:
            return "cos";
        case Op::tangent:
            return "tan";
        case Op::arc_sine:
            return "asin";
        case Op::arc_cosine:
            return "acos";
        case Op::arc_tangent:
            return "atan";
        case Op::hyperbolic_sine:
            return "sinh";
        case Op::hyperbolic_cosine:
            return "cosh";
        case Op::hyperbolic_tangent:
            return "tanh";
        case Op::round_down:
            return "floor";
        case Op::minimum:
            return "min";
        case Op::maximum:
            return "max";
        case Op::arc_tangent_2:
            return "atan2";
        default:
            return {};
    }
}

std::string number_text(double value) {
    if (std::isnan(value)) return "math.nan";  // with its module no argument can hide it
    if (std::isinf(value)) return value < 0.0 ? "-math.inf" : "math.inf";
    if (value == 0.0) return std::signbit(value) ? "-0.0" : "0";
    std::array<char, 32> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

using Names = std::map<NodeId, std::string>;

/// Writes expressions without recursion: they may be as deep as a program built them.
class Printer {
public:
    Printer(const Function& function, const Names& names) : function_(function), names_(names) {}

    std::string print(Expression expression) {
        work_.push_back({expression, {}, anything});
        std::size_t operations = 0;
        while (!work_.empty()) {
            const Piece piece = work_.back();
            work_.pop_back();
            if (!piece.expression)
                text_ += piece.text;
            else if (++operations > most)
                text_ += "...";
            else
                write(piece.expression, piece.wanted);
        }
        return std::move(text_);
    }
    /// The expression itself, even where it has a name.
    std::string print_definition(Expression expression) {
        ignored_ = expression.id();
        return print(expression);
    }

private:
    /// Equal parts of one expression are written out each time: a few lines of a program can mean
    /// more text than there is memory.
    static constexpr std::size_t most = 20'000;

    struct Piece {
        Expression expression;  ///< none: text
        std::string_view text;
        Tightness wanted;  ///< anything looser gets parentheses
    };

    void write(Expression e, Tightness wanted) {
        const auto name = names_.find(e.id());
        if (name != names_.end() && e.id() != ignored_) {
            text_ += name->second;
        } else if (e.is_constant()) {
            constant(e, wanted);
        } else if (e.is(Op::argument)) {
            text_ +=
                e.index() < function_.arguments.size() ? function_.arguments[e.index()].name : "?";
        } else if (e.is(Op::negate)) {
            pieces(sign, wanted, {text("-"), operand(e, 0, sign)});
        } else if (e.is(Op::logical_not)) {
            pieces(negation, wanted, {text("not "), operand(e, 0, negation)});
        } else if (e.is(Op::select)) {
            pieces(conditional, wanted,
                   {operand(e, 1, disjunction), text(" if "), operand(e, 0, disjunction),
                    text(" else "), operand(e, 2, conditional)});
        } else if (const Infix* infix = infix_of(e.op())) {
            pieces(infix->own, wanted,
                   {operand(e, 0, infix->left), text(infix->symbol), operand(e, 1, infix->right)});
        } else {
            call(e);
        }
    }
    void constant(Expression e, Tightness wanted) {
        if (e.type() == Type::boolean) {
            text_ += e.value() != 0.0 ? "True" : "False";
            return;
        }
        const std::string number = number_text(e.value());
        const bool loose = number[0] == '-' && wanted > sign;
        text_ += loose ? "(" + number + ")" : number;
    }
    void call(Expression e) {
        // a definition of that name must not call itself
        if (function_of(e.op()) == function_.name) text_ += "math.";
        text_ += function_of(e.op());
        const bool two = operand_count(e.op()) == 2;
        // Python's min(a, b) is b < a ? b : a
        const bool swapped = e.is(Op::minimum) || e.is(Op::maximum);
        if (two)
            pieces(atom, anything,
                   {text("("), operand(e, swapped ? 1 : 0, anything), text(", "),
                    operand(e, swapped ? 0 : 1, anything), text(")")});
        else
            pieces(atom, anything, {text("("), operand(e, 0, anything), text(")")});
    }

    static Piece text(std::string_view text) { return {{}, text, anything}; }
    static Piece operand(Expression e, std::size_t i, Tightness wanted) {
        return {e.operand(i), {}, wanted};
    }
    void pieces(Tightness own, Tightness wanted, std::initializer_list<Piece> list) {
        if (own < wanted) work_.push_back(text(")"));
        for (auto piece = std::rbegin(list); piece != std::rend(list); ++piece)
            work_.push_back(*piece);
        if (own < wanted) work_.push_back(text("("));
    }

    const Function& function_;
    const Names& names_;
    std::optional<NodeId> ignored_;
    std::string text_;
    std::vector<Piece> work_;  ///< last first
};

bool is_identifier(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    if (name.empty() || !letter(name[0])) return false;
    for (const char c : name)
        if (!letter(c) && !(c >= '0' && c <= '9')) return false;
    return true;
}

/// What is said of a node while a definition is laid out.
struct Use {
    std::size_t times = 0;  ///< that it is an operand or a result
    std::size_t size = 1;   ///< operations in its text, without named parts
    std::size_t depth = 1;
};

/// A definition: its named parts in order, and what it returns.
class Layout {
public:
    explicit Layout(const Function& function) : function_(function) {
        for (const Argument& argument : function.arguments) {
            taken_.insert(argument.name.substr(0, argument.name.find('[')));
        }
        count_uses();
        name_results();
        name_parts();
    }

    std::string print() const {
        std::string text = "def " + (is_identifier(function_.name) ? function_.name : "formula") +
                           "(" + parameters() + "):\n";
        for (const NodeId id : named_) {
            const Expression part = function_.graph->at(id);
            text += "    " + names_.at(id) + " = " +
                    Printer(function_, names_).print_definition(part) + "\n";
        }
        for (const auto& [name, value] : copies_)
            text += "    " + name + " = " + Printer(function_, names_).print(value) + "\n";
        text += "    return ";
        for (std::size_t r = 0; r < function_.results.size(); ++r) {
            const Expression value = function_.results[r].value;
            text += r == 0 ? "" : ", ";
            const auto copy = result_names_.find(r);
            text += copy != result_names_.end() ? copy->second
                                                : Printer(function_, names_).print(value);
        }
        return text + "\n";
    }

private:
    /// "x[0]", "x[1]" are elements of one parameter.
    std::string parameters() const {
        std::string text;
        std::string_view last;
        for (const Argument& argument : function_.arguments) {
            const auto name = std::string_view(argument.name).substr(0, argument.name.find('['));
            if (name == last) continue;
            text += last.empty() ? "" : ", ";
            text += name;
            last = name;
        }
        return text;
    }

    void count_uses() {
        NodeId last = 0;
        for (const Result& result : function_.results) {
            last = std::max(last, result.value.id());
            ++uses_[result.value.id()].times;
        }
        for (NodeId id = last + 1; id-- > 0;) {
            if (!uses_.contains(id)) continue;
            const Node& node = function_.graph->node(id);
            for (std::size_t k = 0; k < operand_count(node.op); ++k)
                ++uses_[node.operands[k]].times;
        }
    }

    /// Results keep their names, where they can be those of variables.
    void name_results() {
        for (std::size_t r = 0; r < function_.results.size(); ++r) {
            const auto& [name, value, unit] = function_.results[r];
            if (value.is(Op::argument) && value.index() < function_.arguments.size() &&
                function_.arguments[value.index()].name == name)
                continue;
            if (name == "result" + std::to_string(r)) {  // what parsing calls it anyway
                unnamed_.emplace(value.id(), name);
                continue;
            }
            if (!is_identifier(name) || !taken_.insert(name).second) continue;
            result_names_[r] = name;
            const bool operation = operand_count(value.op()) > 0;
            if (!operation || !names_.emplace(value.id(), name).second)
                copies_.emplace_back(name, value);
        }
    }

    /// Names what stands more than once and what would make a line too long.
    void name_parts() {
        constexpr std::size_t largest = 40, deepest = 20;
        for (auto& [id, use] : uses_) {
            const Node& node = function_.graph->node(id);
            for (std::size_t k = 0; k < operand_count(node.op); ++k) {
                const Use& operand = uses_.at(node.operands[k]);
                use.size += operand.size;
                use.depth = std::max(use.depth, operand.depth + 1);
            }
            if (operand_count(node.op) == 0) continue;
            const bool has_name = names_.contains(id);
            if (!has_name && use.times < 2 && use.size < largest && use.depth < deepest) continue;
            named_.push_back(id);
            use.size = use.depth = 1;
            if (!has_name) names_.emplace(id, new_name(id));
        }
    }
    std::string new_name(NodeId id) {
        const auto result = unnamed_.find(id);
        if (result != unnamed_.end() && taken_.insert(result->second).second) return result->second;
        std::string name;
        do name = fmt::format("t{}", parts_++);
        while (!taken_.insert(name).second);
        return name;
    }

    const Function& function_;
    std::set<std::string> taken_;
    std::map<NodeId, Use> uses_;
    Names names_;
    Names unnamed_;  ///< results that keep their name without an assignment
    std::size_t parts_ = 0;
    std::vector<NodeId> named_;                               ///< operands first
    std::map<std::size_t, std::string> result_names_;         ///< of those that are variables
    std::vector<std::pair<std::string, Expression>> copies_;  ///< second names of one node
};

}  // namespace

std::string to_string(const Function& function, Expression expression) {
    const Names none;
    return Printer(function, none).print(expression);
}

std::string to_string(const Function& function) {
    return Layout(function).print();
}

}  // namespace asp::ir
