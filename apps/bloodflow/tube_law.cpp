#include "bloodflow/tube_law.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/ir/differentiate.hpp"
#include "asp/ir/integrate.hpp"
#include "asp/ir/rewrite.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

/// p and dp/droot, with A = root^2 and sqrt(A) = root.
ir::Function of_root(const ir::Function& pressure) {
    ir::Function f;
    f.name = "by_root";
    f.graph = std::make_shared<ir::Graph>();
    f.arguments = pressure.arguments;
    f.arguments[0] = {"root", ir::parse_unit("m"), {}};
    const ir::Expression root = f.argument(0);
    std::vector<ir::Expression> replacements(pressure.arguments.size());
    for (std::size_t i = 0; i < replacements.size(); ++i) replacements[i] = f.argument(i);
    replacements[0] = root * root;
    const ir::Expression p = ir::collected_throughout(
        ir::substitute(pressure.results[0].value, *f.graph, replacements), 0);
    const ir::Expression slope = ir::derivative(p, 0);
    if (!slope) throw asp::InputError("a tube law must depend on the area A");
    f.results = {{"pressure", p, ir::parse_unit("Pa")},
                 {"slope", ir::collected_throughout(slope, 0), ir::parse_unit("Pa/m")}};
    return f;
}

}  // namespace

const std::array<ir::Argument, WallProperties::count>& wall_symbols() {
    static const std::array<ir::Argument, WallProperties::count> symbols{{
        {"A0", ir::parse_unit("m^2"), {1e-8, 1e-3}},
        {"h", ir::parse_unit("m"), {1e-5, 1e-2}},
        {"E", ir::parse_unit("Pa"), {1e3, 1e8}},
        {"nu", ir::parse_unit("1"), {0.0, 0.5}},
        {"p_ref", ir::parse_unit("Pa"), {-1e5, 1e5}},
    }};
    return symbols;
}

TubeLaw::TubeLaw(std::string formula, ir::Function pressure)
    : formula_(std::move(formula)),
      pressure_(std::move(pressure)),
      by_root_(of_root(pressure_)),
      program_(by_root_) {
    ASP_ASSERT(pressure_.arguments.size() == 1 + WallProperties::count);
}

TubeLaw::Value TubeLaw::at(double root, const WallProperties& wall) const {
    std::array<double, 1 + WallProperties::count> arguments{root};
    const auto values = wall.values();
    std::copy(values.begin(), values.end(), arguments.begin() + 1);
    std::array<double, 2> results{};
    program_.run_at(arguments, results);
    return {results[0], results[1]};
}

double TubeLaw::root(double pressure, const WallProperties& wall) const {
    // Newton's method from the reference state, between bounds: the pressure rises with the root.
    const double rest = std::sqrt(wall.reference_area);
    double low = 1e-3 * rest, high = 1e3 * rest, root = rest;
    for (int iteration = 0; iteration < 200; ++iteration) {
        const Value v = at(root, wall);
        if (v.pressure >= pressure)
            high = root;
        else if (v.pressure < pressure)
            low = root;
        else  // undefined: far from the reference state, on the side that we came from
            (root < rest ? low : high) = root;
        double next = root - (v.pressure - pressure) / v.slope;
        if (std::abs(next - root) <= 1e-15 * root) return next;
        if (!(next > low && next < high)) next = std::sqrt(low * high);
        if (high <= low * (1.0 + 1e-15)) break;
        root = next;
    }
    const Value v = at(root, wall);
    return std::abs(v.pressure - pressure) <= 1e-9 * std::abs(v.slope) * root ? root : std::nan("");
}

}  // namespace bloodflow
