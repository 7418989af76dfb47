#include "asp/specialize/emit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "asp/base/error.hpp"

namespace asp {
namespace {

using ir::Expression;
using ir::Function;
using ir::NodeId;
using ir::Op;
using ir::Type;

/// How tightly the outermost operator of a text binds.
enum Binding { ternary, either, both, equality, relation, sum, product, prefix, primary };

struct Text {
    std::string text;
    Binding binding = primary;
};

/// Columns of an expression: with "const double t12 = " before it a line stays below 100.
constexpr std::size_t longest_expression = 74;
constexpr std::size_t longest_line = 100;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// All identifiers in a piece of C++.
void add_words(std::string_view text, std::unordered_set<std::string>& words) {
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && is_word(text[end])) ++end;
        if (end > begin) words.emplace(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

/// "A" of "A", "beta" of "beta[i]", "x0" of "x[0]"; nothing of anything else.
std::string stem_of(std::string_view text) {
    std::string stem(text.substr(0, text.find('[')));
    if (!is_identifier(stem)) return {};
    if (stem.size() == text.size()) return stem;
    const std::string_view index = text.substr(stem.size() + 1);
    if (index.empty() || index.back() != ']') return {};
    if (std::all_of(index.begin(), index.end() - 1, is_digit))
        stem.append(index.substr(0, index.size() - 1));
    return stem;
}

/// The prelude's function for an operation; empty where C++ has an operator.
constexpr std::array<std::string_view, ir::op_count> functions{
    "",    "",    "",     "abs",  "sqrt", "cbrt", "exp",  "log",  "sin",
    "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "floor",
    "",    "",    "",     "",     "",     "pow",  "min",  "max",  "atan2",
};
std::string_view function_of(Op op) {
    return functions[static_cast<std::size_t>(op)];
}
static_assert(functions[static_cast<std::size_t>(Op::absolute)] == "abs");
static_assert(functions[static_cast<std::size_t>(Op::round_down)] == "floor");
static_assert(functions[static_cast<std::size_t>(Op::power)] == "pow");
static_assert(functions[static_cast<std::size_t>(Op::arc_tangent_2)] == "atan2");

/// Whether it calls the C library: g++ vectorizes no loop with such a call in a branch.
bool calls_library(Op op) {
    return !function_of(op).empty() && op != Op::absolute && op != Op::square_root &&
           op != Op::round_down && op != Op::minimum && op != Op::maximum;
}

/// Whether operand `i` is evaluated only where another one says so.
bool is_guarded(Op op, std::size_t i) {
    return i > 0 && (op == Op::select || op == Op::logical_and || op == Op::logical_or);
}

/// Writes one function.
class Emitter {
public:
    Emitter(const Function& function, const EmitOptions& options)
        : function_(function), options_(options) {
        name_arguments();
        find_order();
        find_named();
    }

    std::string body() {
        for (const Expression e : order_) {
            Text text = render(e);
            const Info& info = infos_[e.id()];
            if (info.named) text = name(e, text);
            infos_[e.id()].text = std::move(text);
        }
        write_results();
        return std::move(lines_);
    }

private:
    struct Info {
        std::uint32_t uses = 0;
        bool named = false;    ///< has a statement of its own
        bool guarded = false;  ///< stands in a branch
        Text text;             ///< once rendered
    };

    void name_arguments() {
        for (std::size_t i = 0; i < function_.arguments.size(); ++i) {
            std::string text =
                options_.argument ? options_.argument(i) : function_.arguments[i].name;
            if (!options_.argument && (!is_identifier(text) || taken_.contains(text))) text.clear();
            add_words(text, taken_);
            arguments_.push_back(std::move(text));
        }
        for (std::size_t i = 0; i < arguments_.size(); ++i)
            if (arguments_[i].empty()) arguments_[i] = fresh_name(fmt::format("a{}", i));
        if (options_.results == Results::assigned)
            for (std::size_t r = 0; r < function_.results.size(); ++r) add_words(target(r), taken_);
    }

    std::string fresh_name(std::string name) {
        while (!taken_.insert(name).second) name += '_';
        return name;
    }

    std::string target(std::size_t r) const {
        return options_.target ? options_.target(r) : fmt::format("result[{}]", r);
    }

    /// Operands before users, in the order in which the results name them: what else the graph
    /// holds has no influence.
    void find_order() {
        std::vector<std::pair<Expression, std::size_t>> open;  // and the next operand to visit
        const auto visit = [&](Expression e) {
            const auto [info, is_new] = infos_.try_emplace(e.id());
            ++info->second.uses;
            if (is_new) open.emplace_back(e, 0);
        };
        for (const ir::Result& result : function_.results) {
            visit(result.value);
            while (!open.empty()) {
                auto& [e, next] = open.back();
                if (next < operand_count(e.op())) {
                    visit(e.operand(next++));
                } else {
                    order_.push_back(e);
                    open.pop_back();
                }
            }
        }
    }

    void find_named() {
        for (auto e = order_.rbegin(); e != order_.rend(); ++e) {
            Info& info = infos_[e->id()];
            const bool leaf = operand_count(e->op()) == 0;
            const bool cheap = e->is(Op::negate) && operand_count(e->operand(0).op()) == 0;
            info.named =
                !leaf && ((info.uses > 1 && !cheap) || (info.guarded && calls_library(e->op())));
            for (std::size_t i = 0; i < operand_count(e->op()); ++i)
                if ((info.guarded && !info.named) || is_guarded(e->op(), i))
                    infos_[e->operand(i).id()].guarded = true;
        }
    }

    Text render(Expression e) {
        if (e.is(Op::argument)) return {arguments_[e.index()]};
        if (e.is_constant()) return constant(e);
        std::array<Expression, 3> x{};
        for (std::size_t i = 0; i < operand_count(e.op()); ++i) x[i] = e.operand(i);
        shorten(e, x);
        if (const std::string_view callee = function_of(e.op()); !callee.empty()) {
            std::string text = fmt::format("asp::{}({}", callee, text_of(x[0]).text);
            if (x[1]) text += ", " + text_of(x[1]).text;
            return {text + ")"};
        }
        switch (e.op()) {
            case Op::add:
                if (is_negative(x[1])) return chain(x[0], " - ", minus(x[1]), sum, product);
                if (is_negative(x[0])) return chain(x[1], " - ", minus(x[0]), sum, product);
                if (x[0].is_constant() || follows(x[0], x[1], sum)) std::swap(x[0], x[1]);
                return chain(x[0], " + ", text_of(x[1]), sum, product);
            case Op::subtract:
                if (is_negative(x[1])) return chain(x[0], " + ", minus(x[1]), sum, product);
                return chain(x[0], " - ", text_of(x[1]), sum, product);
            case Op::multiply:
                if (follows(x[0], x[1], product) ||
                    (x[1].is_constant() && text_of(x[0]).binding > product))
                    std::swap(x[0], x[1]);
                return chain(x[0], " * ", text_of(x[1]), product, prefix);
            case Op::divide:
                return chain(x[0], " / ", text_of(x[1]), product, prefix);
            case Op::negate: {
                const Text& of = text_of(x[0]);
                return {fmt::format("-{}", within(of, of.text.front() == '-' ? primary : product)),
                        prefix};
            }
            case Op::select:
                return {within(text_of(x[0]), equality) + " ? " + within(text_of(x[1]), either) +
                            " : " + within(text_of(x[2]), either),
                        ternary};
            default:
                return logical(e.op(), x[0], x[1]);
        }
    }

    Text logical(Op op, Expression a, Expression b) {
        switch (op) {
            case Op::logical_not:
                return {fmt::format("!{}", within(text_of(a), prefix)), prefix};
            case Op::logical_and:
                return chain(a, " && ", text_of(b), both, equality);
            case Op::logical_or: {
                const bool mixed = text_of(a).binding == both;  // right, but compilers warn
                return {within(text_of(a), mixed ? primary : either) + " || " +
                            within(text_of(b), equality),
                        either};
            }
            case Op::equal:
                return {within(text_of(a), sum) + " == " + within(text_of(b), sum), equality};
            case Op::not_equal:
                return {within(text_of(a), sum) + " != " + within(text_of(b), sum), equality};
            default: {
                ASP_ASSERT(op == Op::less || op == Op::less_equal);
                const bool turned = a.is_constant();  // x > 0, not 0 < x
                if (turned) std::swap(a, b);
                const std::string sign = turned ? " > " : " < ",
                                  or_equal = turned ? " >= " : " <= ";
                return {within(text_of(a), sum) + (op == Op::less ? sign : or_equal) +
                            within(text_of(b), sum),
                        relation};
            }
        }
    }

    Text constant(Expression e) const {
        if (e.type() == Type::boolean) return {e.value() != 0.0 ? "true" : "false"};
        std::string text = emit_number(e.value(), options_.real);
        const Binding binding = text.front() == '-' ? prefix : primary;
        return {std::move(text), binding};
    }

    /// Whether `b op a` reads better than `a op (b)`.
    bool follows(Expression a, Expression b, Binding op) const {
        return text_of(b).binding == op && text_of(a).binding > op &&
               (b.is(Op::add) || b.is(Op::multiply));
    }

    static bool is_negative(Expression e) {
        return e.is_constant() && std::signbit(e.value()) && !std::isnan(e.value());
    }
    Text minus(Expression constant) const {
        return {emit_number(-constant.value(), options_.real)};
    }

    const Text& text_of(Expression e) const { return infos_.at(e.id()).text; }

    static std::string within(const Text& text, Binding at_least) {
        return text.binding < at_least ? fmt::format("({})", text.text) : text.text;
    }
    /// A left-associative operator.
    Text chain(Expression a, std::string_view sign, const Text& b, Binding left, Binding right) {
        return {within(text_of(a), left).append(sign) + within(b, right), left};
    }

    /// Gives names to operands of `e` until its text fits.
    void shorten(Expression e, const std::array<Expression, 3>& x) {
        for (;;) {
            std::size_t length = function_of(e.op()).empty() ? 0 : function_of(e.op()).size() + 6;
            Expression longest;
            for (const Expression operand : x) {
                if (!operand) continue;
                const std::size_t size = text_of(operand).text.size();
                length += size + 4;  // and a sign, or parentheses
                if (operand_count(operand.op()) > 0 && !infos_[operand.id()].named &&
                    (!longest || size > text_of(longest).text.size()))
                    longest = operand;
            }
            if (length <= longest_expression || !longest) return;
            Info& info = infos_[longest.id()];
            info.named = true;
            info.text = name(longest, info.text);
        }
    }

    /// Writes the statement that gives a name to a value.
    Text name(Expression e, const Text& value) {
        std::string name = telling_name(e);
        if (name.empty() || !taken_.insert(name).second) {
            do name = fmt::format("t{}", temporaries_++);
            while (!taken_.insert(name).second);
        } else {
            stems_[e.id()] = name;
        }
        line(fmt::format("const {} {} = {};", e.type() == Type::boolean ? "bool" : options_.real,
                         name, value.text));
        return {name};
    }

    /// "sqrt_A", "A2", "inverse_A"; empty where nothing short says what it is.
    std::string telling_name(Expression e) const {
        const std::size_t operands = operand_count(e.op());
        const auto stem = [&](std::size_t i) { return stem_of_node(e.operand(i)); };
        if (operands == 1 && !function_of(e.op()).empty() && !stem(0).empty())
            return std::string(function_of(e.op())) + "_" + stem(0);
        if (e.is(Op::multiply) && e.operand(0) == e.operand(1) && !stem(0).empty())
            return stem(0) + (is_digit(stem(0).back()) ? "_2" : "2");
        if (e.is(Op::divide) && e.operand(0).is_constant(1.0) && !stem(1).empty())
            return fmt::format("inverse_{}", stem(1));
        return {};
    }

    std::string stem_of_node(Expression e) const {
        if (e.is(Op::argument)) return stem_of(arguments_[e.index()]);
        const auto found = stems_.find(e.id());
        return found == stems_.end() || found->second.size() > 12 ? std::string() : found->second;
    }

    void write_results() {
        const auto text = [&](std::size_t r) { return text_of(function_.results[r].value).text; };
        const std::size_t count = function_.results.size();
        if (options_.results == Results::assigned) {
            for (std::size_t r = 0; r < count; ++r)
                line(fmt::format("{} = {};", target(r), text(r)));
            return;
        }
        if (count == 1) return line(fmt::format("return {};", text(0)));
        std::string all = "return {";
        for (std::size_t r = 0; r < count; ++r) all += (r == 0 ? "" : ", ") + text(r);
        if (static_cast<std::size_t>(options_.indent) + all.size() + 2 <= longest_line)
            return line(all + "};");
        line("return {");
        for (std::size_t r = 0; r < count; ++r) line(fmt::format("    {},", text(r)));
        line("};");
    }

    void line(const std::string& text) {
        lines_.append(static_cast<std::size_t>(options_.indent), ' ').append(text) += '\n';
    }

    const Function& function_;
    const EmitOptions& options_;
    std::vector<std::string> arguments_;
    std::unordered_set<std::string> taken_;  ///< names that mean something already
    std::vector<Expression> order_;
    std::unordered_map<NodeId, Info> infos_;
    std::unordered_map<NodeId, std::string> stems_;  ///< telling names given
    std::size_t temporaries_ = 0;
    std::string lines_;
};

/// "head(parameters) tail {", the parameters below each other where they do not fit.
std::string emit_head(const std::string& before, const std::string& parameters,
                      const std::string& after, int indent) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    std::string head = margin + before + "(" + parameters + ")" + after + " {\n";
    if (head.size() <= longest_line + 1) return head;
    head = margin + before + "(\n" + margin + "    ";
    std::size_t column = static_cast<std::size_t>(indent) + 4;
    for (std::size_t begin = 0; begin < parameters.size();) {
        const std::size_t end = std::min(parameters.find(", ", begin), parameters.size());
        std::string one = parameters.substr(begin, end - begin);
        if (end < parameters.size()) one += ",";
        if (begin > 0 && column + one.size() + 1 + after.size() + 3 > longest_line) {
            head += "\n" + margin + "    ";
            column = static_cast<std::size_t>(indent) + 4;
        } else if (begin > 0) {
            head += " ";
        }
        head += one;
        column += one.size() + 1;
        begin = end + 2;
    }
    return head + ")" + after + " {\n";
}

}  // namespace

std::string emit_body(const ir::Function& function, const EmitOptions& options) {
    ASP_ASSERT(options.real == "double" || options.real == "float");
    ASP_ASSERT(!function.results.empty());
    return Emitter(function, options).body();
}

std::string emit_function(const ir::Function& function, const Signature& signature,
                          EmitOptions options) {
    const bool assigned = options.results == Results::assigned;
    std::string type = signature.return_type;
    if (type.empty()) type = assigned ? "void" : options.real;
    std::string text;
    if (function.source) text += emit_comment(function.source->text, signature.indent);
    const std::string before = (signature.qualifiers.empty() ? "" : signature.qualifiers + " ") +
                               type + " " + signature.name;
    const std::string after =
        signature.after_parameters.empty() ? "" : " " + signature.after_parameters;
    text += emit_head(before, signature.parameters, after, signature.indent);
    options.indent = signature.indent + 4;
    text += emit_body(function, options);
    return text + std::string(static_cast<std::size_t>(signature.indent), ' ') + "}\n";
}

}  // namespace asp
