#include "asp/stencil/detail/frame.hpp"

#include <algorithm>

namespace asp::stencil::detail {
namespace {

bool is_one_stage_in_memory(const Plan& plan) {
    return plan.stages.size() == 1 &&
           std::ranges::all_of(plan.stages[0].output,
                               [](const Plan::Output& output) { return output.depth == 0; });
}

}  // namespace

Frame::Frame(const Shape& its_shape, const Arguments& arguments, const Plan& its_plan)
    : shape(its_shape),
      a(arguments),
      plan(its_plan),
      is_flat(its_shape.dimensions == 2 && is_one_stage_in_memory(its_plan)) {
    std::copy_n(a.sizes + size_shape, 3, n);
    if (is_flat) std::swap(n[0], n[1]);
}

}  // namespace asp::stencil::detail
