#include "asp/ir/domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <set>
#include <span>

#include "asp/ir/detail/culprit.hpp"
#include "asp/ir/detail/interval.hpp"
#include "asp/ir/detail/sweep.hpp"
#include "asp/ir/parse.hpp"

namespace asp::ir {
namespace {

using detail::Sweep;
using Point = std::vector<double>;

constexpr std::size_t most_points = 4096;
constexpr std::size_t most_work = 20'000'000;  ///< evaluations of a node: well below a second

bool suspicious(const Enclosure& x) {
    return x.may_be_nan || !x.values.bounded();
}

/// Of all nodes, for arguments in `box`.
std::vector<Enclosure> enclosures(const Sweep& sweep, std::span<const Interval> box) {
    std::vector<Enclosure> values(sweep.size());
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Node& node = sweep.node(i);
        if (node.op == Op::constant) {
            const bool nan = std::isnan(node.value);
            values[i] = {nan ? detail::no_values : Interval{node.value, node.value}, nan};
        } else if (node.op == Op::argument) {
            if (node.index < box.size()) values[i].values = box[node.index];
            if (node.type == Type::boolean) values[i].values = {0.0, 1.0};
        } else {
            const std::array<Enclosure, 3> x = detail::of_operands(sweep, i, values);
            const bool same = operand_count(node.op) == 2 && node.operands[0] == node.operands[1];
            values[i] = detail::enclosure(node.op, x[0], x[1], x[2], same);
        }
    }
    return values;
}

std::vector<double> values_at(const Sweep& sweep, const Point& point) {
    std::vector<double> values(sweep.size());
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const Node& node = sweep.node(i);
        if (node.op == Op::constant) {
            values[i] = node.value;
        } else if (node.op == Op::argument) {
            values[i] = point[node.index];
        } else {
            const std::array<double, 3> x = detail::of_operands(sweep, i, values);
            values[i] = evaluate(node.op, x[0], x[1], x[2]);
        }
    }
    return values;
}

/// The values that an argument is tried at: all of a bounded range, else a few.
struct Axis {
    Interval range;
    std::vector<double> values;  ///< only these, if any
};

Axis axis_of(const Interval& range) {
    if (range.bounded() && range.low <= range.high) return {range, {}};
    Axis axis;
    for (const double end : {range.low, range.high})
        if (std::isfinite(end)) axis.values.push_back(end);
    if (range.contains(1.0) && (axis.values.empty() || axis.values[0] != 1.0))
        axis.values.push_back(1.0);
    if (axis.values.empty()) axis.values.push_back(0.0);  // no number is in the range
    std::sort(axis.values.begin(), axis.values.end());
    axis.range = {axis.values.front(), axis.values.back()};
    return axis;
}

bool spans_decades(const Interval& x) {
    return x.low > 0.0 && x.high > 16.0 * x.low;
}

/// Where a box is cut: at 0, or so that both halves have as many decades.
double cut(const Interval& x) {
    if (x.low < 0.0 && x.high > 0.0) return 0.0;
    if (spans_decades(x)) return std::sqrt(x.low) * std::sqrt(x.high);
    return x.low + 0.5 * (x.high - x.low);
}

double at_fraction(const Axis& axis, double u, bool by_decades) {
    if (!axis.values.empty())
        return axis.values[std::min(axis.values.size() - 1,
                                    static_cast<std::size_t>(u * double(axis.values.size())))];
    const Interval& x = axis.range;
    const double value = by_decades && spans_decades(x) ? x.low * std::pow(x.high / x.low, u)
                                                        : x.low + u * (x.high - x.low);
    return std::clamp(value, x.low, x.high);
}

/// The search for points where results are NaN or infinite.
class Search {
public:
    Search(const Function& function, Diagnostics& diagnostics)
        : function_(function), diagnostics_(diagnostics), sweep_(results_of(function)) {
        std::vector<char> used(function.arguments.size(), 0);
        for (std::size_t i = 0; i < sweep_.size(); ++i)
            if (sweep_.node(i).op == Op::argument) used.at(sweep_.node(i).index) = 1;
        for (std::size_t i = 0; i < used.size(); ++i) {
            axes_.push_back(axis_of(function.arguments[i].range));
            box_.push_back(axes_[i].range);
            if (used[i]) used_.push_back(i);
        }
        for (const Result& result : function.results) open_.push_back(sweep_.place(result.value));
        points_left_ = std::clamp(most_work / sweep_.size(), std::size_t{32}, most_points);
    }

    void run() {
        keep_suspicious();
        if (open_.empty()) return;
        corners(points_left_ / 4);
        if (open_.empty() || boxes(points_left_ / 2)) return;
        scattered();
    }

private:
    static std::vector<Expression> results_of(const Function& function) {
        std::vector<Expression> values;
        for (const Result& result : function.results) values.push_back(result.value);
        return values;
    }

    void keep_suspicious() {
        const std::vector<Enclosure> values = enclosures(sweep_, box_);
        std::erase_if(open_, [&](std::size_t i) { return !suspicious(values[i]); });
    }

    void try_point(const Point& point) {
        --points_left_;
        const std::vector<double> values = values_at(sweep_, point);
        std::erase_if(open_, [&](std::size_t i) {
            if (std::isfinite(values[i])) return false;
            complain(values, i, point);
            return true;
        });
    }

    void complain(const std::vector<double>& values, std::size_t result, const Point& point) {
        const auto [place, span] = detail::culprit(sweep_, values, result);
        if (!complained_.insert(place).second) return;
        const std::string message = detail::description(function_, sweep_, values, place, point);
        diagnostics_.error(function_.source ? complaint(*function_.source, span, message)
                                            : fmt::format("{}: {}", function_.name, message));
    }

    /// All ends of the used arguments' ranges, in as many combinations as fit.
    void corners(std::size_t most) {
        const std::size_t dimensions = used_.size();
        const std::size_t count = dimensions < 20 ? std::size_t{1} << dimensions : most;
        for (std::size_t i = 0; i < std::min(count, most) && !open_.empty(); ++i) {
            // many arguments: the bits of multiples of an odd number, so that all of them vary
            const std::size_t bits = count <= most ? i : i * 0x9e3779b97f4a7c15u;
            Point point = lowest();
            for (std::size_t k = 0; k < dimensions; ++k)
                if (bits >> (count <= most ? k : 63 - k % 64) & 1)
                    point[used_[k]] = box_[used_[k]].high;
            try_point(point);
        }
    }

    Point lowest() const {
        Point point;
        for (const Interval& range : box_) point.push_back(range.low);
        return point;
    }

    /// Cuts the box where intervals leave a doubt, and tries a point in each part. True when no
    /// part is left in doubt.
    bool boxes(std::size_t most) {
        std::deque<std::vector<Interval>> doubtful{box_};
        for (std::size_t i = 0; i < most / 8; ++i) {  // intervals cost some 7 evaluations
            if (doubtful.empty() || open_.empty()) return true;
            std::vector<Interval> box = std::move(doubtful.front());
            doubtful.pop_front();
            const std::vector<Enclosure> values = enclosures(sweep_, box);
            if (std::none_of(open_.begin(), open_.end(),
                             [&](std::size_t k) { return suspicious(values[k]); }))
                continue;
            try_point(middle(box));
            const std::size_t longest = longest_side(box);
            if (longest == box.size()) continue;  // a single point, and it was tried
            const Interval side = box[longest];
            const bool few = !axes_[longest].values.empty();
            const double at = cut(side);
            box[longest] = {side.low, few ? side.low : at};
            doubtful.push_back(box);
            box[longest] = {few ? side.high : at, side.high};
            doubtful.push_back(std::move(box));
        }
        points_left_ -= std::min(points_left_, most / 8 * 7);
        return doubtful.empty() || open_.empty();
    }

    Point middle(const std::vector<Interval>& box) const {
        Point point;
        for (std::size_t i = 0; i < box.size(); ++i)
            point.push_back(axes_[i].values.empty() ? cut(box[i]) : box[i].low);
        return point;
    }

    /// Of the used arguments, as a share of its whole range; the number of arguments if there is
    /// nothing to cut.
    std::size_t longest_side(const std::vector<Interval>& box) const {
        std::size_t longest = box.size();
        double length = 0.0;
        for (const std::size_t i : used_) {
            const Interval& x = box[i];
            if (!(cut(x) > x.low) || !(cut(x) < x.high)) continue;
            const bool decades = spans_decades(box_[i]) && x.low > 0.0;
            const double share =
                decades ? std::log(x.high / x.low) / std::log(box_[i].high / box_[i].low)
                        : (x.high / 2 - x.low / 2) / (box_[i].high / 2 - box_[i].low / 2);
            if (share > length) {
                longest = i;
                length = share;
            }
        }
        return longest;
    }

    /// Points spread evenly: the additive recurrence of the generalized golden ratio.
    /// Source: Roberts (2018), "The unreasonable effectiveness of quasirandom sequences".
    void scattered() {
        double ratio = 2.0;  // the root of x^(d+1) = x + 1
        for (int i = 0; i < 64; ++i)
            ratio = std::pow(1.0 + ratio, 1.0 / (double(used_.size()) + 1.0));
        for (std::size_t n = 1; points_left_ > 0 && !open_.empty(); ++n) {
            Point point = lowest();
            double step = 1.0;
            for (const std::size_t i : used_) {
                step /= ratio;
                double whole;
                const double u = std::modf(0.5 + double(n) * step, &whole);
                point[i] = at_fraction(axes_[i], u, n % 2 == 0);
            }
            try_point(point);
        }
    }

    const Function& function_;
    Diagnostics& diagnostics_;
    Sweep sweep_;
    std::vector<Axis> axes_;         ///< by argument
    std::vector<Interval> box_;      ///< the axes' ranges
    std::vector<std::size_t> used_;  ///< arguments that the results depend on
    std::vector<std::size_t> open_;  ///< results in doubt, by place in the sweep
    std::set<std::size_t> complained_;
    std::size_t points_left_ = 0;
};

}  // namespace

Enclosure enclose(Expression expression, const std::vector<Argument>& arguments) {
    std::vector<Interval> box;
    box.reserve(arguments.size());
    for (const Argument& argument : arguments) box.push_back(argument.range);
    return enclosures(Sweep(expression), box).back();
}

void check_domain(const Function& function, Diagnostics& diagnostics) {
    if (!function.results.empty()) Search(function, diagnostics).run();
}

}  // namespace asp::ir
