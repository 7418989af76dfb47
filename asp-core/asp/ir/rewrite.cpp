#include "asp/ir/rewrite.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "asp/ir/detail/sweep.hpp"

namespace asp::ir {
namespace {

using detail::Sweep;

std::string numbered(std::string name, std::size_t i) {
    name += std::to_string(i);
    return name;
}

/// "k", and underscores where a varying argument already has a name such as "k0".
std::string coefficient_prefix(const Function& kernel) {
    std::string prefix = "k";
    const auto taken = [&](const Argument& argument) {
        const std::string& name = argument.name;
        return name.size() > prefix.size() && name.starts_with(prefix) &&
               name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
    };
    while (std::any_of(kernel.arguments.begin(), kernel.arguments.end(), taken)) prefix += '_';
    return prefix;
}

/// The two halves of a function while they are built. What varies goes to the kernel's graph, what
/// does not to the setup's.
class Hoist {
public:
    Hoist(const Function& function, const std::vector<bool>& varies)
        : function_(function), sweep_(results_of(function)), places_(function.arguments.size()) {
        varying_ = detail::dependence(sweep_, [&](std::size_t i) { return bool{varies.at(i)}; });
        copies_.resize(sweep_.size());
        for (auto [half, name] : {std::pair{&out_.setup, "_setup"}, {&out_.kernel, "_kernel"}}) {
            half->name = function.name + name;
            half->graph = std::make_shared<Graph>();
            half->source = function.source;
        }
        for (std::size_t i = 0; i < function.arguments.size(); ++i) {
            auto& arguments = varies.at(i) ? out_.kernel.arguments : out_.setup.arguments;
            places_[i] = arguments.size();
            arguments.push_back(function.arguments[i]);
        }
        prefix_ = coefficient_prefix(out_.kernel);
        first_coefficient_ = out_.kernel.arguments.size();
    }

    Hoisted run() {
        for (std::size_t i = 0; i < sweep_.size(); ++i) copy(i);
        for (const Result& result : function_.results) {
            const std::size_t i = sweep_.place(result.value);
            out_.kernel.results.push_back({result.name, in_kernel(i), result.unit});
        }
        return std::move(out_);
    }

private:
    static std::vector<Expression> results_of(const Function& function) {
        std::vector<Expression> values;
        for (const Result& result : function.results) values.push_back(result.value);
        return values;
    }

    void copy(std::size_t i) {
        const Node& node = sweep_.node(i);
        Graph& graph = varying_[i] ? *out_.kernel.graph : *out_.setup.graph;
        graph.set_span(sweep_[i].span());
        if (node.op == Op::argument) {
            copies_[i] = graph.argument(places_[node.index], node.type);
            return;
        }
        std::array<Expression, 3> operands;
        for (std::size_t k = 0; k < operand_count(node.op); ++k) {
            const std::size_t operand = sweep_.operand(i, k);
            operands[k] = varying_[i] ? in_kernel(operand) : copies_[operand];
        }
        copies_[i] = detail::rebuilt(graph, node, operands);
    }

    Expression in_kernel(std::size_t i) {
        if (varying_[i]) return copies_[i];
        Graph& graph = *out_.kernel.graph;
        const Node& node = sweep_.node(i);
        if (node.op == Op::constant) return detail::rebuilt(graph, node, {});
        const auto [found, is_new] = coefficients_.emplace(i, coefficients_.size());
        if (is_new) add_coefficient(i, found->second);
        const Expression coefficient = graph.argument(first_coefficient_ + found->second);
        if (node.type == Type::real) return coefficient;
        return graph.apply(Op::not_equal, {coefficient, graph.constant(0.0)});
    }

    void add_coefficient(std::size_t i, std::size_t number) {
        Argument argument{numbered(prefix_, number), {}, {}};
        const Node& node = sweep_.node(i);
        if (node.op == Op::argument) {
            argument.unit = function_.arguments[node.index].unit;
            argument.range = function_.arguments[node.index].range;
        }
        Expression value = copies_[i];
        Graph& setup = *out_.setup.graph;
        if (node.type == Type::boolean) {  // coefficients are numbers
            value = select(value, setup.constant(1.0), setup.constant(0.0));
            argument.range = {0.0, 1.0};
        }
        out_.setup.results.push_back({argument.name, value, argument.unit});
        out_.kernel.arguments.push_back(std::move(argument));
    }

    const Function& function_;
    Sweep sweep_;
    std::vector<char> varying_;        ///< by place in the sweep
    std::vector<Expression> copies_;   ///< by place, in the kernel or the setup
    std::vector<std::size_t> places_;  ///< of the arguments, in the half that has them
    std::unordered_map<std::size_t, std::size_t> coefficients_;  ///< place -> number
    std::size_t first_coefficient_ = 0;
    std::string prefix_;
    Hoisted out_;
};

}  // namespace

Expression substitute(Expression expression, Graph& target,
                      std::span<const Expression> replacements) {
    const detail::KeepSpan keep(target);
    const bool same_graph = &expression.graph() == &target;
    const Sweep sweep(expression);
    std::vector<Expression> copies(sweep.size());
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Node node = sweep.node(i);  // a copy: the graph grows
        if (same_graph) target.set_span(sweep[i].span());
        if (node.op == Op::argument && node.index < replacements.size() &&
            replacements[node.index]) {
            copies[i] = replacements[node.index];
            ASP_ASSERT(&copies[i].graph() == &target && copies[i].type() == node.type);
            continue;
        }
        const std::array<Expression, 3> operands = detail::of_operands(sweep, i, copies);
        const bool new_exponent =
            node.op == Op::power && operands[1].is_constant() && !sweep[i].operand(1).is_constant();
        copies[i] = new_exponent ? power(operands[0], operands[1])  // which may be products now
                                 : detail::rebuilt(target, node, operands);
    }
    return copies.back();
}

bool depends_on(Expression expression, const std::function<bool(std::size_t)>& wanted) {
    const Sweep sweep(expression);
    for (std::size_t i = 0; i < sweep.size(); ++i)
        if (sweep.node(i).op == Op::argument && wanted(sweep.node(i).index)) return true;
    return false;
}

std::vector<Expression> needed(std::span<const Expression> results) {
    const Sweep sweep(results);
    std::vector<Expression> nodes;
    nodes.reserve(sweep.size());
    for (std::size_t i = 0; i < sweep.size(); ++i) nodes.push_back(sweep[i]);
    return nodes;
}

Hoisted hoist(const Function& function, const std::vector<bool>& varies) {
    ASP_ASSERT(varies.size() == function.arguments.size());
    return Hoist(function, varies).run();
}

}  // namespace asp::ir
