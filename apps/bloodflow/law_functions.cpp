#include "bloodflow/law_functions.hpp"

#include <cmath>
#include <numbers>
#include <optional>

#include "asp/ir/differentiate.hpp"
#include "asp/ir/integrate.hpp"

namespace bloodflow {
namespace ir = asp::ir;
using ir::Expression;
namespace {

constexpr std::size_t root_argument = 0, potential_argument = 1, x_argument = 2, area_argument = 3,
                      velocity_argument = 4;
constexpr std::size_t first_site = law_variables.size();
constexpr std::size_t first_cell_site = first_site + site_value_count;
constexpr std::size_t per_half_cell = first_cell_site + site_value_count;

/// The law at one site, whose values are the arguments from `first` on.
class SiteLaw {
public:
    SiteLaw(const Network& network, ir::Graph& graph, std::size_t first)
        : network_(network), graph_(graph), first_(first) {
        root_ = graph.argument(root_argument);
        const auto& law = network.vessels.front().tube_law;
        if (law == nullptr) {
            // p = p_ref + beta (sqrt(A) - sqrt(A0)), beta = sqrt(pi) h E / ((1 - nu^2) A0)
            const Expression nu = value(3);
            const Expression beta = std::sqrt(std::numbers::pi) * value(1) * value(2) /
                                    ((1.0 - nu * nu) * reference_area());
            pressure_ = value(4) + beta * (root_ - ir::sqrt(reference_area()));
            slope_ = beta;
            return;
        }
        std::vector<Expression> replacements{root_};
        for (std::size_t i = 0; i < WallProperties::count; ++i) replacements.push_back(value(i));
        const ir::Function& by_root = law->by_root();
        pressure_ = ir::substitute(by_root.results[0].value, graph, replacements);
        slope_ = ir::substitute(by_root.results[1].value, graph, replacements);
    }

    /// V = p / rho + height
    Expression potential() const { return pressure_ / density() + elevation(); }
    /// S = (dV/droot) / 2, c^2 = S root
    Expression stiffness() const {
        return ir::collected_throughout(slope_ / (2.0 * density()), root_argument);
    }
    /// (integral of c^2 dA) / A, with c^2 dA = 2 S root^2 droot
    Expression flux() const {
        const Expression integral = integrated(2.0 * stiffness() * root_ * root_, root_argument,
                                               ir::sqrt(reference_area()), root_);
        return ir::collected_throughout(integral / (root_ * root_), root_argument);
    }
    /// In x = A^(1/4): sqrt(S) at root = x^2
    Expression root_stiffness() const { return ir::sqrt(stiffness()); }
    /// Integral of c/A dA, with c/A dA = 4 sqrt(S(x^2)) dx
    Expression integral() const {
        const Expression x = graph_.argument(x_argument);
        const std::vector<Expression> square{x * x};
        const Expression speed = ir::substitute(root_stiffness(), graph_, square);
        return integrated(4.0 * ir::collected_throughout(speed, x_argument), x_argument,
                          ir::sqrt(ir::sqrt(reference_area())), x);
    }
    /// The root at which the potential is the argument of that name.
    Expression inverse() const {
        const Expression wanted = graph_.argument(potential_argument);
        if (const auto closed = ir::inverse(ir::collected_throughout(potential(), root_argument),
                                            root_argument, wanted))
            return *closed;
        // Newton's method from the reference state; a wall's law is nearly straight.
        Expression guess = ir::sqrt(reference_area());
        for (int iteration = 0; iteration < 7; ++iteration) {
            const std::vector<Expression> here{guess};
            const Expression off = ir::substitute(potential(), graph_, here) - wanted;
            guess = guess - off / (2.0 * ir::substitute(stiffness(), graph_, here));
        }
        return guess;
    }
    /// f = force / rho, dQ/dt = -f
    Expression friction() const {
        std::vector<Expression> replacements{graph_.argument(area_argument),
                                             graph_.argument(velocity_argument)};
        for (std::size_t i = 0; i < WallProperties::count; ++i) replacements.push_back(value(i));
        return ir::substitute(network_.friction_law->force.results[0].value, graph_, replacements) /
               density();
    }
    /// df/du
    Expression friction_slope() const {
        const Expression slope = ir::derivative(friction(), velocity_argument);
        return slope ? slope : graph_.constant(0.0);
    }

private:
    Expression value(std::size_t i) const { return graph_.argument(first_ + i); }
    Expression reference_area() const { return value(0); }
    Expression density() const { return value(WallProperties::count); }
    Expression elevation() const { return value(WallProperties::count + 1); }

    /// Closed, where there is an antiderivative, else by quadrature of 16 points.
    static Expression integrated(Expression integrand, std::size_t argument, Expression from,
                                 Expression to) {
        if (const auto closed = ir::antiderivative(integrand, argument))
            return ir::collected_throughout(*closed, argument);
        return ir::quadrature(integrand, argument, from, to, 16);
    }

    const Network& network_;
    ir::Graph& graph_;
    std::size_t first_;
    Expression root_, pressure_, slope_;
};

Expression value_of(LawFunction function, const SiteLaw& law, const SiteLaw& cell_law,
                    ir::Graph& graph) {
    switch (function) {
        case LawFunction::cell_stiffness:
        case LawFunction::face_stiffness:
        case LawFunction::end_stiffness:
            return law.stiffness();
        case LawFunction::cell_potential:
        case LawFunction::end_potential:
            return law.potential();
        case LawFunction::face_flux:
        case LawFunction::end_flux:
            return law.flux();
        case LawFunction::face_root:
        case LawFunction::end_root:
            return law.inverse();
        case LawFunction::end_root_stiffness:
            return law.root_stiffness();
        case LawFunction::end_integral:
            return law.integral();
        case LawFunction::end_gradient:
            return ir::collected_throughout(
                (law.potential() - cell_law.potential()) * graph.argument(per_half_cell),
                root_argument);
        case LawFunction::cell_friction:
        case LawFunction::end_friction:
            return law.friction();
        case LawFunction::cell_friction_slope:
        case LawFunction::end_friction_slope:
            return law.friction_slope();
    }
    return {};
}

}  // namespace

const std::array<LawFunctionInfo, law_functions>& law_function_infos() {
    using F = LawFunction;
    using P = LawPlace;
    static const std::array<LawFunctionInfo, law_functions> infos{{
        {F::cell_stiffness, "cell_stiffness", P::cell, false, false},
        {F::cell_potential, "cell_potential", P::cell, true, false},
        {F::face_stiffness, "face_stiffness", P::face, false, false},
        {F::face_flux, "face_flux", P::face, false, false},
        {F::face_root, "face_root", P::face, true, false},
        {F::end_potential, "end_potential", P::end, false, false},
        {F::end_stiffness, "end_stiffness", P::end, false, false},
        {F::end_root_stiffness, "end_root_stiffness", P::end, false, false},
        {F::end_integral, "end_integral", P::end, false, false},
        {F::end_flux, "end_flux", P::end, false, false},
        {F::end_root, "end_root", P::end, true, false},
        {F::end_gradient, "end_gradient", P::end, true, false},
        {F::cell_friction, "cell_friction", P::cell, false, true},
        {F::cell_friction_slope, "cell_friction_slope", P::cell, false, true},
        {F::end_friction, "end_friction", P::end, false, true},
        {F::end_friction_slope, "end_friction_slope", P::end, false, true},
    }};
    return infos;
}

std::vector<std::size_t> variables_of(LawFunction function) {
    switch (function) {
        case LawFunction::face_root:
        case LawFunction::end_root:
            return {potential_argument};
        case LawFunction::end_integral:
            return {x_argument};
        case LawFunction::cell_friction:
        case LawFunction::cell_friction_slope:
        case LawFunction::end_friction:
        case LawFunction::end_friction_slope:
            return {area_argument, velocity_argument};
        default:
            return {root_argument};
    }
}

LawFunctions make_law_functions(const Network& network, bool wall_varies) {
    auto graph = std::make_shared<ir::Graph>();
    const SiteLaw law(network, *graph, first_site), cell_law(network, *graph, first_cell_site);
    ir::Function all;
    all.name = "law";
    all.graph = graph;
    for (const char* name : law_variables) all.arguments.push_back({name, {}, {}});
    for (std::size_t i = first_site; i <= per_half_cell; ++i)
        all.arguments.push_back({"s" + std::to_string(i - first_site), {}, {}});
    std::vector<bool> varies(all.arguments.size(), false);
    std::fill_n(varies.begin(), law_variables.size(), true);

    LawFunctions result;
    for (std::size_t place = 0; place < law_places; ++place) {
        LawGroup& group = result.groups[place];
        ir::Function f = all;
        for (const LawFunctionInfo& info : law_function_infos()) {
            if (static_cast<std::size_t>(info.place) != place) continue;
            if (info.of_potential && !wall_varies) continue;
            if (info.of_friction && network.friction_law == nullptr) continue;
            group.functions.push_back(info.function);
            f.results.push_back({info.name, value_of(info.function, law, cell_law, *graph), {}});
        }
        group.hoisted = ir::hoist(f, varies);
    }
    return result;
}

std::array<double, site_value_count> site_values(const Network& network, std::size_t vessel,
                                                 double s) {
    const Vessel& v = network.vessels[vessel];
    const auto wall = v.wall(s).values();
    std::array<double, site_value_count> values{};
    std::copy(wall.begin(), wall.end(), values.begin());
    values[WallProperties::count] = network.blood.density;
    values[WallProperties::count + 1] =
        std::lerp(network.elevation_potential(v.from), network.elevation_potential(v.to), s);
    return values;
}

}  // namespace bloodflow
