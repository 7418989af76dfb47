#include "asp/ir/detail/culprit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "asp/ir/print.hpp"

namespace asp::ir::detail {
namespace {

std::string number(double x) {
    return fmt::format("{:.6g}", x);
}

/// "sqrt(-2e-05)", "1 / 0": the operation, written with its operands' values for their names.
std::string part(const Sweep& sweep, const std::vector<double>& values, std::size_t i) {
    const Op op = sweep.node(i).op;
    const std::size_t count = operand_count(op);
    if (count == 0 || op == Op::select) return "the value";
    Function operation{{}, {}, {}, std::make_shared<Graph>(), nullptr};
    std::vector<Expression> operands;
    for (std::size_t k = 0; k < count; ++k) {
        const double value = values[sweep.operand(i, k)];
        const bool sign = count == 2 && std::signbit(value);  // 1 - -2, -2**0.3
        operation.arguments.push_back(
            {sign ? fmt::format("({})", number(value)) : number(value), {}, {}});
        operands.push_back(operation.graph->argument(k));
    }
    return to_string(operation, operation.graph->apply(op, operands));
}

/// " at A = 1e-05, A0 = 3e-05": the arguments that a node depends on.
std::string where(const Function& function, Expression e, const std::vector<double>& point) {
    constexpr std::size_t most_named = 8;
    std::set<std::size_t> indices;
    const Sweep below(e);
    for (std::size_t i = 0; i < below.size(); ++i)
        if (below.node(i).op == Op::argument) indices.insert(below.node(i).index);
    std::string text;
    std::size_t named = 0;
    for (const std::size_t i : indices) {
        text += text.empty() ? " at " : ", ";
        if (named++ == most_named) return text + "...";
        text += fmt::format("{} = {}", function.arguments[i].name, number(point[i]));
    }
    return text;
}

}  // namespace

// Down from the result along bad operands, through the branch that was taken.
Culprit culprit(const Sweep& sweep, const std::vector<double>& values, std::size_t i) {
    Span span = sweep[i].span();
    for (;;) {
        const Node& node = sweep.node(i);
        const auto value = [&](std::size_t k) { return values[sweep.operand(i, k)]; };
        std::size_t first = 0, last = operand_count(node.op);
        if (node.op == Op::select) {
            first = value(0) != 0.0 ? 1 : 2;
            last = first + 1;
        } else if (node.op == Op::minimum || node.op == Op::maximum) {
            const bool a = node.op == Op::minimum ? value(0) < value(1) : value(0) > value(1);
            first = a ? 0 : 1;
            last = first + 1;
        }
        std::size_t next = i;
        for (std::size_t k = first; k < last; ++k) {
            const std::size_t operand = sweep.operand(i, k);
            if (!std::isfinite(values[operand]) && sweep.node(operand).op != Op::constant &&
                (next == i || std::isnan(values[operand])))
                next = operand;
        }
        if (next == i) return {i, span};
        i = next;
        if (!sweep[i].span().empty()) span = sweep[i].span();
    }
}

std::string description(const Function& function, const Sweep& sweep,
                        const std::vector<double>& values, std::size_t place,
                        const std::vector<double>& point) {
    return fmt::format("{} is {}{}", part(sweep, values, place),
                       std::isnan(values[place]) ? "not a number" : "infinite",
                       where(function, sweep[place], point));
}

}  // namespace asp::ir::detail
