#include <algorithm>
#include <cstdlib>
#include <limits>
#include <unordered_set>

#include "asp/ir/detail/lower_grid.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Reduction::Kind;

/// Growth so far; without a value there is none yet, and the kind says nothing.
struct Part {
    Kind kind = Kind::sum;
    Expression value = {};
};

class Grower {
public:
    Grower(Expression after, Expression before) : before_(before) {
        const std::vector<Expression> all{after};
        for (const Expression e : needed(all)) {
            bool depends = e == before;
            for (std::size_t k = 0; k < operand_count(e.op()); ++k)
                depends = depends || depends_.contains(e.operand(k).id());
            if (depends) depends_.insert(e.id());
        }
    }

    /// `depth`: of the operations above; longer sums than anybody writes are not looked through.
    std::optional<Part> part(Expression e, int depth = 0) const {
        if (e == before_) return Part{};
        if (depth++ == 2000) return {};
        switch (e.op()) {
            case Op::add:
                return depends(e.operand(0)) ? sum(e.operand(0), e.operand(1), false, depth)
                                             : sum(e.operand(1), e.operand(0), false, depth);
            case Op::subtract:
                return depends(e.operand(0)) ? sum(e.operand(0), e.operand(1), true, depth)
                                             : std::nullopt;
            case Op::maximum:
                return extreme(e, Kind::maximum, depth);
            case Op::minimum:
                return extreme(e, Kind::minimum, depth);
            case Op::select:
                return chosen(e, depth);
            default:
                return {};
        }
    }

private:
    bool depends(Expression e) const { return depends_.contains(e.id()); }

    std::optional<Part> sum(Expression grows, Expression by, bool negative, int depth) const {
        if (depends(by)) return {};
        std::optional<Part> result = part(grows, depth);
        if (!result || (result->value && result->kind != Kind::sum)) return {};
        if (result->value)
            result->value = negative ? result->value - by : result->value + by;
        else
            result->value = negative ? -by : by;
        result->kind = Kind::sum;
        return result;
    }

    std::optional<Part> extreme(Expression e, Kind kind, int depth) const {
        const bool first = depends(e.operand(0));
        const Expression grows = e.operand(first ? 0 : 1), with = e.operand(first ? 1 : 0);
        if (depends(with)) return {};
        std::optional<Part> result = part(grows, depth);
        if (!result || (result->value && result->kind != kind)) return {};
        if (!result->value)
            result->value = with;
        else
            result->value =
                kind == Kind::maximum ? maximum(with, result->value) : minimum(with, result->value);
        result->kind = kind;
        return result;
    }

    /// Where a branch adds nothing, it adds what changes nothing.
    std::optional<Part> chosen(Expression e, int depth) const {
        if (depends(e.operand(0))) return {};
        std::optional<Part> yes = part(e.operand(1), depth), no = part(e.operand(2), depth);
        if (!yes || !no || (yes->value && no->value && yes->kind != no->kind)) return {};
        const Kind kind = yes->value ? yes->kind : no->kind;
        constexpr double inf = std::numeric_limits<double>::infinity();
        const double nothing = kind == Kind::sum ? 0.0 : kind == Kind::maximum ? -inf : inf;
        const auto value = [&](const Part& part) {
            return part.value ? part.value : e.graph().constant(nothing);
        };
        return Part{kind, select(e.operand(0), value(*yes), value(*no))};
    }

    Expression before_;
    std::unordered_set<NodeId> depends_;
};

}  // namespace

std::optional<Growth> growth(Expression after, Expression before) {
    const std::optional<Part> part = Grower(after, before).part(after);
    if (!part || !part->value) return {};
    return Growth{part->kind, part->value};
}

bool covers(const std::vector<Region>& written, const Region& region, const Offset& offset) {
    using RegionKind = Region::Kind;
    const auto within = [](const Offset& a, const Offset& b) {
        return a[0] <= b[0] && a[1] <= b[1] && a[2] <= b[2];
    };
    Offset nearest = region.width, farthest{};  // from the edge, of what is read
    for (std::size_t d = 0; d < 3; ++d) {
        const int reach = std::abs(offset[d]);
        farthest[d] = region.width[d] == 0 ? 0 : region.width[d] + reach;
        nearest[d] = std::max(0, nearest[d] - reach);
    }
    for (const Region& one : written) {
        if (one.kind == RegionKind::points) return true;
        if (one.kind == RegionKind::border) {
            if (region.kind == RegionKind::border && within(farthest, one.width)) return true;
            continue;
        }
        if (region.kind == RegionKind::interior && within(one.width, nearest)) return true;
        for (const Region& other : written)
            if (other.kind == RegionKind::border && within(one.width, other.width)) return true;
    }
    return false;
}

}  // namespace asp::ir::detail
