#include "asp/ir/grid_interpreter.hpp"

#include "asp/base/error.hpp"
#include "asp/ir/detail/grid_run.hpp"

namespace asp::ir {
namespace {

void check(const detail::GridCode& code, const GridCall& call) {
    ASP_ASSERT(call.fields.size() == code.parameters && call.strides.size() == code.parameters);
    ASP_ASSERT(call.steps >= 1);
    for (const Feed& feed : call.feeds)
        ASP_ASSERT(code.fields.at(feed.written).role == Field::Role::written &&
                   code.fields.at(feed.read).role == Field::Role::read);
}

}  // namespace

GridProgram::GridProgram(const GridFunction& function)
    : code_(std::make_shared<const detail::GridCode>(detail::grid_code(function))) {}

std::vector<double> GridProgram::run(const GridCall& call, long lo, long hi) const {
    check(*code_, call);
    ASP_ASSERT(0 <= lo && lo <= hi && hi <= call.shape[0]);
    if (lo == hi) return {};
    return detail::GridRun(*code_, call, lo, hi)();
}

std::vector<double> GridProgram::combined(std::span<const double> partial) const {
    std::vector<double> result = code_->starts;
    for (std::size_t i = 0; i < partial.size(); ++i) {
        double& so_far = result[i % result.size()];
        const Reduction::Kind kind = code_->kinds[i % result.size()];
        so_far = kind == Reduction::Kind::sum       ? so_far + partial[i]
                 : kind == Reduction::Kind::maximum ? evaluate(Op::maximum, partial[i], so_far)
                                                    : evaluate(Op::minimum, partial[i], so_far);
    }
    return result;
}

bool GridProgram::ranges_are_independent(const GridCall& call) const {
    check(*code_, call);
    const detail::GridExtents extents = detail::grid_extents(*code_, call);
    for (std::size_t f = 0; f < code_->fields.size(); ++f)
        if (code_->fields[f].role == Field::Role::written && code_->before[f].matters() &&
            !detail::read_of(call, f) && extents.fields[f] > 0)
            return false;
    return true;
}

}  // namespace asp::ir
