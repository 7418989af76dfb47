#pragma once
// For *.test.cpp and benchmarks: grid functions without a text.

#include <memory>
#include <string>

#include "asp/ir/grid.hpp"

namespace asp::stencil::testing {

/// Builds a grid function step by step; numbers of fields and scalars are in the order of adding.
class Builder {
public:
    explicit Builder(std::size_t dimensions, ir::Edge edge = ir::Edge::none, double value = 0.0) {
        f_.name = "f";
        f_.dimensions = dimensions;
        f_.edge = edge;
        f_.edge_value = value;
        f_.graph = std::make_shared<ir::Graph>();
    }

    /// All scalars before the first expression.
    ir::Expression scalar(const std::string& name) {
        f_.scalars.push_back({name, {}, {}});
        f_.parameters.push_back({false, f_.scalars.size() - 1});
        return f_.graph->argument(f_.scalars.size() - 1);
    }
    std::size_t field(const std::string& name, ir::Field::Role role) {
        f_.fields.push_back({name, role});
        if (role != ir::Field::Role::temporary)
            f_.parameters.push_back({true, f_.fields.size() - 1});
        return f_.fields.size() - 1;
    }
    ir::Expression number(double value) { return f_.graph->constant(value); }
    ir::Expression shape(std::size_t d) { return f_.graph->argument(f_.first_shape() + d); }
    ir::Expression index(std::size_t d) { return f_.graph->argument(f_.first_index() + d); }
    ir::Expression load(std::size_t field, const ir::Offset& offset = {}) {
        const ir::Load load{field, offset};
        for (std::size_t k = 0; k < f_.loads.size(); ++k)
            if (f_.loads[k] == load) return f_.graph->argument(f_.first_load() + k);
        f_.loads.push_back(load);
        return f_.graph->argument(f_.first_load() + f_.loads.size() - 1);
    }
    /// Begins a loop, to which what follows belongs.
    Builder& loop(ir::Region::Kind kind, const ir::Offset& width = {}) {
        f_.loops.push_back({{kind, width}, {}, {}});
        return *this;
    }
    Builder& store(std::size_t field, ir::Expression value) {
        f_.loops.back().stores.push_back({field, value});
        return *this;
    }
    Builder& reduce(ir::Reduction::Kind kind, double start, ir::Expression value) {
        auto& reductions = f_.loops.back().reductions;
        reductions.push_back({kind, "r", start, value});
        f_.returned.push_back({f_.loops.size() - 1, reductions.size() - 1});
        return *this;
    }
    const ir::GridFunction& function() const { return f_; }

private:
    ir::GridFunction f_;
};

/// u plus a tenth of its Laplacian over all points or the interior, in any number of dimensions:
/// field 0 "out", field 1 "u", scalar 0 "c".
inline ir::GridFunction diffusion(std::size_t dimensions, ir::Edge edge, double value = 0.0) {
    Builder b(dimensions, edge, value);
    const auto c = b.scalar("c");
    const std::size_t out = b.field("out", ir::Field::Role::written);
    const std::size_t u = b.field("u", ir::Field::Role::read);
    const auto centre = b.load(u);
    ir::Expression around;
    for (std::size_t d = 0; d < dimensions; ++d)
        for (const int side : {-1, 1}) {
            ir::Offset offset{};
            offset[d] = side;
            around = around ? around + b.load(u, offset) : b.load(u, offset);
        }
    const bool is_open = edge == ir::Edge::none;
    ir::Offset width{};
    for (std::size_t d = 0; is_open && d < dimensions; ++d) width[d] = 1;
    b.loop(is_open ? ir::Region::Kind::interior : ir::Region::Kind::points, width)
        .store(out, centre + c * (around - 2.0 * static_cast<double>(dimensions) * centre));
    return b.function();
}

}  // namespace asp::stencil::testing
