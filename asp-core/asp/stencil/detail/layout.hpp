#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "asp/ir/grid.hpp"
#include "asp/stencil/kernels/shape.hpp"

namespace asp::stencil::detail {

/// A loop as the template has it.
struct LoopLayout {
    Region region;
    std::vector<Input> inputs;            ///< distinct rows, in the order of the loads
    std::vector<std::size_t> loads;       ///< of the function, that this loop uses
    std::vector<std::size_t> load_input;  ///< [loads]
    std::vector<int> outputs;             ///< fields
    std::vector<bool> uses;               ///< [arguments] of its expressions
    int sums = 0, first_sum = 0;
    long reach = 0;
};

struct Layout {
    std::vector<LoopLayout> loops;
    int sums = 0;
};

Layout layout_of(const ir::GridFunction& function);

/// The template's axis of the grid's dimension d.
constexpr std::size_t axis_of(std::size_t dimensions, std::size_t d) {
    return dimensions == 3 ? d : dimensions == 2 ? 2 * d : 2;
}

/// A load's distance along each axis of the template.
std::array<long, 3> along_axes(const ir::Offset& offset, std::size_t dimensions);

/// The layout's tables as the plan wants them.
class PlanInput {
public:
    explicit PlanInput(const ir::GridFunction& function);
    PlanInput(const PlanInput&) = delete;
    PlanInput& operator=(const PlanInput&) = delete;

    const Shape& shape() const { return shape_; }
    const Layout& layout() const { return layout_; }

private:
    Layout layout_;
    std::vector<Loop> loops_;
    std::unique_ptr<bool[]> temporary_;
    std::vector<int> sums_;
    Shape shape_;
};

/// Complaints about what no text of the language says, but a function that a program built may.
std::vector<std::string> unsound(const ir::GridFunction& function);

}  // namespace asp::stencil::detail
