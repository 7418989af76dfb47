#include "asp/ir/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/ir/detail/sweep.hpp"
#include "asp/ir/print.hpp"

namespace asp::ir {
namespace {

using detail::Sweep;

struct Row {
    std::string text, value, remark;
    std::size_t order;  ///< arguments by number, then the rest as it comes
};

std::vector<Expression> results_of(const Function& function) {
    std::vector<Expression> values;
    for (const Result& result : function.results) values.push_back(result.value);
    return values;
}

/// The parts of a function as texts of bounded length: a copy of its graph in which a long part is
/// an argument, "#1", for what is around it.
class Texts {
public:
    Texts(const Function& function, const Sweep& sweep) : inner_(sweep.size(), 0) {
        for (std::size_t i = 0; i < sweep.size(); ++i)
            for (std::size_t k = 0; k < operand_count(sweep.node(i).op); ++k)
                inner_[sweep.operand(i, k)] = 1;
        copy_.arguments = function.arguments;
        copy_.graph = std::make_shared<Graph>();
    }

    /// Of each node in turn.
    std::string next(const Sweep& sweep, std::size_t i) {
        const Node& node = sweep.node(i);
        std::vector<Expression> operands;
        for (std::size_t k = 0; k < operand_count(node.op); ++k)
            operands.push_back(copies_[sweep.operand(i, k)]);
        const Expression copy = detail::rebuilt(*copy_.graph, node, operands);
        copies_.push_back(copy);
        std::string text = to_string(copy_, copy);
        if (text.size() <= longest || operands.empty() || !inner_[i]) return text;
        const std::string number = fmt::format("#{}", ++numbered_);
        copies_.back() = copy_.graph->argument(copy_.arguments.size(), node.type);
        copy_.arguments.push_back({number, {}, {}});
        return fmt::format("{} = {}", number, text);
    }

private:
    static constexpr std::size_t longest = 40;

    std::vector<char> inner_;  ///< nodes that others are made of
    Function copy_;
    std::vector<Expression> copies_;
    std::size_t numbered_ = 0;
};

/// What is remarkable about a value: only where it begins, not in all that follows from it.
std::string remark_on(double value, bool from_finite) {
    if (std::isfinite(value) || !from_finite) return {};
    return std::isnan(value) ? "<- not a number" : "<- infinite";
}

std::string value_text(Type type, double value) {
    if (type == Type::boolean) return value != 0.0 ? "True" : "False";
    return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value);
}

/// Arguments first, then each operation after its operands; of several results also their names.
std::vector<Row> rows_of(const Function& function, std::span<const double> point) {
    const Sweep sweep(results_of(function));
    Texts texts(function, sweep);
    std::vector<Row> rows;
    std::vector<double> values;
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Node& node = sweep.node(i);
        std::array<double, 3> x{node.value};
        bool finite = true;
        for (std::size_t k = 0; k < operand_count(node.op); ++k) {
            x[k] = values[sweep.operand(i, k)];
            finite = finite && std::isfinite(x[k]);
        }
        if (node.op == Op::argument) x[0] = point[node.index];
        values.push_back(evaluate(node.op, x[0], x[1], x[2]));
        std::string text = texts.next(sweep, i);
        if (node.op == Op::constant) continue;
        rows.push_back({std::move(text), value_text(node.type, values[i]),
                        remark_on(values[i], finite),
                        node.op == Op::argument ? node.index : point.size()});
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return a.order < b.order; });
    for (const Result& result : function.results) {
        const bool seen = function.results.size() == 1 && !result.value.is_constant();
        if (seen || result.name.empty()) continue;
        const double value = values[sweep.place(result.value)];
        rows.push_back({result.name, value_text(result.value.type(), value), {}, point.size()});
    }
    return rows;
}

}  // namespace

std::string trace(const Function& function, std::span<const double> point) {
    ASP_ASSERT(point.size() == function.arguments.size() && !function.results.empty());
    constexpr std::size_t most = 200, widest = 60;
    const std::vector<Row> rows = rows_of(function, point);
    std::vector<bool> shown(rows.size());
    std::size_t remarks = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        shown[i] = rows.size() <= most || i < most / 2 || i + most / 2 >= rows.size() ||
                   (!rows[i].remark.empty() && remarks++ < most / 4);
    std::size_t width = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (shown[i] && rows[i].text.size() <= widest) width = std::max(width, rows[i].text.size());
    std::string table;
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!shown[i]) {
            ++left_out;
            continue;
        }
        if (left_out > 0) table += fmt::format("... {} more parts\n", std::exchange(left_out, 0));
        const Row& row = rows[i];
        table += fmt::format("{:<{}}  {}{}{}\n", row.text, width, row.value,
                             row.remark.empty() ? "" : "  ", row.remark);
    }
    return table;
}

}  // namespace asp::ir
