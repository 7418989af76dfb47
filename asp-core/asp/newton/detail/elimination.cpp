#include "asp/newton/detail/elimination.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "asp/base/error.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::newton::detail {
namespace {

using ir::Expression;

using Samples = std::vector<double>;  ///< a value at each sample point

/// Values of the expressions at the points.
std::vector<Samples> evaluate(const std::vector<Expression>& wanted,
                              const std::vector<std::vector<double>>& points) {
    const std::vector<Expression> parts = ir::needed(wanted);
    std::unordered_map<ir::NodeId, std::size_t> places;
    for (std::size_t i = 0; i < parts.size(); ++i) places[parts[i].id()] = i;
    std::vector<Samples> values(parts.size(), Samples(points.size()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Expression e = parts[i];
        const Samples* operands[3]{};
        for (std::size_t k = 0; k < ir::operand_count(e.op()); ++k)
            operands[k] = &values[places.at(e.operand(k).id())];
        for (std::size_t t = 0; t < points.size(); ++t) {
            double x[3]{};
            for (std::size_t k = 0; k < ir::operand_count(e.op()); ++k) x[k] = (*operands[k])[t];
            if (e.is(ir::Op::argument)) x[0] = points[t][e.index()];
            if (e.is_constant()) x[0] = e.value();
            values[i][t] = ir::evaluate(e.op(), x[0], x[1], x[2]);
        }
    }
    std::vector<Samples> found;
    for (const Expression e : wanted) found.push_back(values[places.at(e.id())]);
    return found;
}

/// Eliminates expressions, and beside them the numbers that they are at the sample points.
class Eliminator {
public:
    Eliminator(LinearSystem system, const std::vector<Expression>& scales,
               const std::vector<std::vector<double>>& points)
        : n_(system.right_side.size()),
          points_(points.size()),
          a_(std::move(system.matrix)),
          b_(std::move(system.right_side)),
          sampled_(n_ * n_, Samples(points.size())),
          row_is_open_(n_, true),
          column_is_open_(n_, true) {
        std::vector<Expression> wanted = scales;
        for (const auto& row : a_)
            for (const Expression e : row)
                if (e) wanted.push_back(e);
        const std::vector<Samples> values = evaluate(wanted, points);
        scales_.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n_));
        std::size_t next = n_;
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = 0; j < n_; ++j)
                if (a_[i][j]) sampled(i, j) = values[next++];
    }

    Elimination run() {
        for (std::size_t k = 0; k < n_; ++k)
            if (!eliminate_one()) return {};
        substitute_back();
        return std::move(out_);
    }

private:
    struct Candidate {
        std::size_t row, column, cost;
        double ratio;
    };

    Samples& sampled(std::size_t i, std::size_t j) { return sampled_[i * n_ + j]; }

    bool is_open(std::size_t i, std::size_t j) const {
        return row_is_open_[i] && column_is_open_[j] && a_[i][j];
    }

    /// The row's largest |a_ij| scale_j at each point.
    Samples largest_of_row(std::size_t i) {
        Samples largest(points_, 0.0);
        for (std::size_t j = 0; j < n_; ++j)
            if (is_open(i, j))
                for (std::size_t t = 0; t < points_; ++t)
                    largest[t] = std::max(largest[t], std::abs(sampled(i, j)[t] * scales_[j][t]));
        return largest;
    }

    /// |a_ij| scale_j relative to the largest of its row: what three quarters of the points exceed.
    double ratio(std::size_t i, std::size_t j, const Samples& largest) {
        Samples ratios;
        for (std::size_t t = 0; t < points_; ++t) {
            const double one = std::abs(sampled(i, j)[t] * scales_[j][t]) / largest[t];
            if (one <= 1.0) ratios.push_back(one);  // an undefined point says nothing
        }
        if (ratios.empty()) return 0.0;
        std::ranges::sort(ratios);
        return ratios[ratios.size() / 4];
    }

    std::vector<Candidate> candidates() {
        std::vector<std::size_t> in_row(n_, 0), in_column(n_, 0);
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = 0; j < n_; ++j)
                if (is_open(i, j)) ++in_row[i], ++in_column[j];
        std::vector<Candidate> found;
        for (std::size_t i = 0; i < n_; ++i) {
            const Samples largest = largest_of_row(i);
            for (std::size_t j = 0; j < n_; ++j)
                if (is_open(i, j))
                    found.push_back(
                        {i, j, (in_row[i] - 1) * (in_column[j] - 1), ratio(i, j, largest)});
        }
        return found;
    }

    bool eliminate_one() {
        constexpr double large_enough = 0.02;
        const std::vector<Candidate> all = candidates();
        if (all.empty()) return false;
        const auto better = [](const Candidate& x, const Candidate& y) {
            const bool x_is_safe = x.ratio >= large_enough, y_is_safe = y.ratio >= large_enough;
            if (x_is_safe != y_is_safe) return x_is_safe;
            if (x_is_safe && x.cost != y.cost) return x.cost < y.cost;
            return x.ratio > y.ratio;
        };
        const Candidate best = *std::min_element(all.begin(), all.end(), better);
        out_.rows.push_back(best.row);
        out_.columns.push_back(best.column);
        out_.pivots.push_back(a_[best.row][best.column]);
        inverses_.push_back(1.0 / out_.pivots.back());
        row_is_open_[best.row] = false;
        column_is_open_[best.column] = false;
        for (std::size_t i = 0; i < n_; ++i)
            if (row_is_open_[i] && a_[i][best.column]) subtract(i, best);
        return true;
    }

    void subtract(std::size_t row, const Candidate& pivot) {
        const Expression factor = a_[row][pivot.column] * inverses_.back();
        const auto update = [&](Expression& target, Expression source) {
            if (!source) return;
            target = target ? target - factor * source : -(factor * source);
            if (target.is_constant() && target.value() == 0.0) target = {};
        };
        const Samples &own = sampled(row, pivot.column), &top = sampled(pivot.row, pivot.column);
        for (std::size_t j = 0; j < n_; ++j) {
            if (!column_is_open_[j]) continue;
            update(a_[row][j], a_[pivot.row][j]);
            for (std::size_t t = 0; t < points_; ++t)
                sampled(row, j)[t] -= own[t] / top[t] * sampled(pivot.row, j)[t];
        }
        update(b_[row], b_[pivot.row]);
    }

    void substitute_back() {
        out_.solution.resize(n_);
        for (std::size_t k = n_; k-- > 0;) {
            const std::size_t row = out_.rows[k], column = out_.columns[k];
            Expression sum = b_[row];
            for (std::size_t later = k + 1; later < n_; ++later) {
                const std::size_t j = out_.columns[later];
                if (!a_[row][j] || !out_.solution[j]) continue;
                const Expression term = a_[row][j] * out_.solution[j];
                sum = sum ? sum - term : -term;
            }
            if (sum) out_.solution[column] = sum * inverses_[k];
        }
        for (Expression& x : out_.solution)
            if (!x) x = out_.pivots.front().graph().constant(0.0);
    }

    std::size_t n_, points_;
    std::vector<std::vector<Expression>> a_;
    std::vector<Expression> b_;
    std::vector<Samples> scales_;   ///< [n]
    std::vector<Samples> sampled_;  ///< [n * n]
    std::vector<char> row_is_open_, column_is_open_;
    std::vector<Expression> inverses_;
    Elimination out_;
};

}  // namespace

Elimination eliminate(LinearSystem system, const std::vector<Expression>& column_scales,
                      const std::vector<std::vector<double>>& samples) {
    ASP_ASSERT(system.matrix.size() == system.right_side.size() && !samples.empty());
    return Eliminator(std::move(system), column_scales, samples).run();
}

std::size_t elimination_updates(std::vector<std::vector<char>> pattern) {
    const std::size_t n = pattern.size();
    std::vector<char> row_is_open(n, true), column_is_open(n, true);
    std::size_t updates = 0;
    for (std::size_t k = 0; k < n; ++k) {
        std::vector<std::size_t> in_row(n, 0), in_column(n, 0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                if (row_is_open[i] && column_is_open[j] && pattern[i][j])
                    ++in_row[i], ++in_column[j];
        std::size_t row = n, column = n, least = n * n;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                if (!row_is_open[i] || !column_is_open[j] || !pattern[i][j]) continue;
                const std::size_t cost = (in_row[i] - 1) * (in_column[j] - 1);
                if (cost < least) least = cost, row = i, column = j;
            }
        if (row == n) return updates;  // singular
        updates += least;
        row_is_open[row] = column_is_open[column] = false;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                if (row_is_open[i] && pattern[i][column] && pattern[row][j]) pattern[i][j] = true;
    }
    return updates;
}

}  // namespace asp::newton::detail
