#include "asp/newton/detail/system.hpp"

#include <cmath>
#include <random>

#include "asp/base/error.hpp"
#include "asp/ir/differentiate.hpp"
#include "asp/ir/rewrite.hpp"
#include "asp/newton/detail/elimination.hpp"
#include "asp/newton/detail/sample.hpp"

namespace asp::newton::detail {
namespace {

using ir::Expression;
using Values = std::vector<Expression>;

/// A pivot is tiny below this part of its equation's terms at the guess: at most as many digits of
/// the step are lost, which costs an iteration, and the lane is done again with pivoting.
constexpr double tiny_pivot = 1e-6;

/// The problem's arguments, then n sizes, n weights and the tolerance, in a graph of their own.
struct Workspace {
    explicit Workspace(const Problem& problem)
        : n(static_cast<std::size_t>(problem.constant("unknowns"))),
          arguments(problem.function.arguments.size()),
          function(detached(problem).function) {
        for (const char* const name : {"size", "weight"})
            for (std::size_t i = 0; i < n; ++i)
                function.arguments.push_back(
                    {name + ("[" + std::to_string(i) + "]"), {}, {0.0, INFINITY}});
        function.arguments.push_back({"tolerance", {}, {}});
        matrix.assign(n, Values(n));
        for (const ir::Partial& partial : ir::jacobian(function, 0, n)) {
            matrix[partial.result][partial.argument] = partial.value;
            ++entries;
        }
    }

    Expression size(std::size_t j) const { return function.argument(arguments + j); }
    Expression weight(std::size_t i) const { return function.argument(arguments + n + i); }
    Expression tolerance() const { return function.argument(arguments + 2 * n); }
    Expression residual(std::size_t i) const { return function.results[i].value; }

    std::size_t n, arguments, entries = 0;
    ir::Function function;
    std::vector<Values> matrix;  ///< empty: zero
};

/// Points in the arguments' ranges, with the sizes that they would have; weights 1.
std::vector<std::vector<double>> sample_points(const Workspace& w) {
    std::mt19937_64 random(7);
    std::vector<std::vector<double>> points(8, std::vector<double>(w.arguments));
    for (std::vector<double>& point : points) {
        for (std::size_t i = 0; i < w.arguments; ++i)
            point[i] = random_value(w.function.arguments[i].range, random);
        for (std::size_t j = 0; j < w.n; ++j) point.push_back(std::abs(point[j]));
        point.resize(point.size() + w.n + 1, 1.0);
    }
    return points;
}

/// Adds up what is there.
void add_to(Expression& sum, Expression term) {
    sum = sum ? sum + term : term;
}

/// 1 where the condition does not hold, also for NaN.
Expression unless(Expression condition) {
    ir::Graph& graph = condition.graph();
    return select(condition, graph.constant(0.0), graph.constant(1.0));
}

/// The results of System::newton.
Values straight_steps(const Workspace& w) {
    LinearSystem linear{w.matrix, {}};
    Values sizes;
    for (std::size_t i = 0; i < w.n; ++i) {
        linear.right_side.push_back(-w.residual(i));
        sizes.push_back(w.size(i));
    }
    const Elimination e = eliminate(std::move(linear), sizes, sample_points(w));
    ir::Graph& graph = *w.function.graph;
    Expression square, open, weak;
    for (std::size_t i = 0; i < w.n; ++i) {
        const Expression scaled = w.weight(i) * w.residual(i);
        add_to(square, scaled * scaled);
    }
    // Singular whatever the values: the pivoted form says so.
    if (e.solution.empty()) {
        Values results(w.n, graph.constant(0.0));
        results.insert(results.end(), {square, graph.constant(1.0), graph.constant(1.0)});
        return results;
    }
    for (std::size_t k = 0; k < w.n; ++k) {
        const Expression scaled = abs(e.pivots[k]) * (w.size(e.columns[k]) * w.weight(e.rows[k]));
        add_to(weak, unless(graph.constant(tiny_pivot) <= scaled));
        const Expression scale = maximum(abs(w.function.argument(k)), w.size(k));
        add_to(open, unless(abs(e.solution[k]) <= w.tolerance() * scale));
    }
    Values results = e.solution;
    results.insert(results.end(), {square, open, weak});
    return results;
}

/// `results` [first, last) of a function, alone.
ir::Function part(const ir::Function& function, std::size_t first, std::size_t last) {
    ir::Function one = function;
    one.results.assign(function.results.begin() + static_cast<std::ptrdiff_t>(first),
                       function.results.begin() + static_cast<std::ptrdiff_t>(last));
    return one;
}

ir::Function joined(const ir::Function& a, const ir::Function& b) {
    ir::Function both = a;
    both.results.insert(both.results.end(), b.results.begin(), b.results.end());
    return both;
}

/// Coefficients that are parameters as they come are not computed.
void take_coefficients(const ir::Function& setup, System& system) {
    using From = System::Coefficient::From;
    system.prepare = setup;
    system.prepare.results.clear();
    for (const ir::Result& result : setup.results) {
        if (result.value.is(ir::Op::argument)) {
            const std::size_t i = result.value.index(), m = system.parameters;
            system.coefficients.push_back(i < m ? System::Coefficient{From::parameter, i}
                                                : System::Coefficient{From::shared, i - m});
        } else {
            system.coefficients.push_back({From::computed, system.prepare.results.size()});
            system.prepare.results.push_back(result);
        }
    }
}

}  // namespace

System make_system(const Problem& problem, Pivoting pivoting) {
    Workspace w(problem);
    const std::size_t n = w.n;
    System system;
    system.unknowns = n;
    system.shared = static_cast<std::size_t>(problem.constant("shared"));
    system.parameters = w.arguments - n - system.shared;
    system.entries = w.entries;
    for (std::size_t j = 0; j < n; ++j) system.ranges.push_back(w.function.arguments[j].range);

    const auto add = [&](const std::string& name, Expression value) {
        w.function.results.push_back({name, value, {}});
    };
    const Expression zero = w.function.graph->constant(0.0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) add("J", w.matrix[i][j] ? w.matrix[i][j] : zero);
    if (pivoting == Pivoting::none) {
        for (const Expression result : straight_steps(w)) add("step", result);
    }

    // Together, so that all share their coefficients.
    std::vector<bool> varies(w.function.arguments.size(), false);
    for (std::size_t j = 0; j < n; ++j) varies[j] = true;
    for (std::size_t j = w.arguments; j < varies.size(); ++j) varies[j] = true;
    w.function.source = nullptr;
    const ir::Hoisted halves = ir::hoist(w.function, varies);
    take_coefficients(halves.setup, system);
    system.residual = part(halves.kernel, 0, n);
    system.matrix = joined(system.residual, part(halves.kernel, n, n + n * n));
    if (pivoting == Pivoting::none)
        system.newton = part(halves.kernel, n + n * n, 2 * n + n * n + 3);
    return system;
}

Pivoting default_pivoting(const Problem& problem) {
    if (problem.constant("unknowns") <= 8) return Pivoting::none;  // short however full
    constexpr std::size_t most_updates = 250;
    const Workspace w(problem);
    std::vector<std::vector<char>> pattern(w.n, std::vector<char>(w.n));
    for (std::size_t i = 0; i < w.n; ++i)
        for (std::size_t j = 0; j < w.n; ++j) pattern[i][j] = bool(w.matrix[i][j]);
    return elimination_updates(pattern) <= most_updates ? Pivoting::none : Pivoting::partial;
}

}  // namespace asp::newton::detail
