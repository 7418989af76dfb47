#pragma once
// For *.test.cpp only.

#include <memory>
#include <string>

#include "asp/base/testing.hpp"
#include "asp/ir/detail/test_formulas.hpp"
#include "asp/ir/grid.hpp"

namespace asp::ir::testing {

/// A grid function that must be right.
inline GridFunction parsed_grid(const std::string& text, std::size_t dimensions,
                                Edge edge = Edge::none, Environment environment = {},
                                double edge_value = 0.0) {
    Diagnostics diagnostics;
    environment.constants["self.k"] = 2.0;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text, 1});
    auto function =
        parse_grid_function(source, {dimensions, edge, edge_value}, environment, diagnostics);
    INFO(text << "\n" << joined(diagnostics.lines()));
    REQUIRE(function);
    REQUIRE(diagnostics.empty());
    return std::move(*function);
}

/// Complaints about a grid function that must be wrong, each without what was excerpted.
inline std::string refused_grid(const std::string& text, std::size_t dimensions,
                                Edge edge = Edge::none, const Environment& environment = {}) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{"heat.py", text, 1});
    INFO(text);
    REQUIRE(!parse_grid_function(source, {dimensions, edge}, environment, diagnostics));
    REQUIRE(!diagnostics.empty());
    std::string all;
    for (const std::string& line : diagnostics.lines()) {
        if (!all.empty()) all += '\n';
        all += line.substr(0, line.find('\n'));
    }
    return all;
}

/// The body of a loop in the surface language: loads at the point have the fields' names, others
/// "u(0, 1)", indices and shape "p0" and "n0".
inline std::string loop_text(const GridFunction& function, std::size_t loop) {
    Function body{"loop", function.scalars, {}, function.graph, {}};
    for (const char* name : {"n", "p"})
        for (std::size_t d = 0; d < function.dimensions; ++d)
            body.arguments.push_back({name + std::to_string(d), {}, {}});
    for (const Load& load : function.loads) {
        std::string name = function.fields[load.field].name;
        if (load.offset != Offset{}) {
            for (std::size_t d = 0; d < function.dimensions; ++d)
                name.append(d == 0 ? "(" : ", ").append(std::to_string(load.offset[d]));
            name += ')';
        }
        body.arguments.push_back({name, {}, {}});
    }
    std::string lines;
    for (const Store& store : function.loops[loop].stores)
        lines += function.fields[store.field].name + " = " + to_string(body, store.value) + "\n";
    for (const Reduction& reduction : function.loops[loop].reductions)
        lines += reduction.name + " = " + to_string(body, reduction.value) + "\n";
    return lines;
}

}  // namespace asp::ir::testing
