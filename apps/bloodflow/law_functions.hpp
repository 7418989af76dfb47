#pragma once

#include <array>
#include <span>
#include <vector>

#include "asp/ir/rewrite.hpp"
#include "bloodflow/kernels/walls.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// Where a function of a law is evaluated, and so where its coefficients belong.
enum class LawPlace { cell, face, end };
constexpr std::size_t law_places = 3;

struct LawFunctionInfo {
    LawFunction function;
    const char* name;  ///< of the member in a law
    LawPlace place;
    bool of_potential;  ///< the functions that only walls have whose pressure varies
    bool of_friction;   ///< those that only friction has that is not linear
};
const std::array<LawFunctionInfo, law_functions>& law_function_infos();

/// What a law's functions vary with, in the order of their arguments.
constexpr std::array<const char*, 5> law_variables{"root", "potential", "x", "area", "u"};
/// The numbers of the variables that a function takes.
std::vector<std::size_t> variables_of(LawFunction function);

/// The functions of one kind of place, without those that the wall does not need.
struct LawGroup {
    std::vector<LawFunction> functions;
    asp::ir::Hoisted hoisted;  ///< kernel: of law_variables, then coefficients; a result for each
};

/// A law as the kernels need it, derived from formulas by differentiating and integrating.
struct LawFunctions {
    std::array<LawGroup, law_places> groups;  ///< by LawPlace
};

/// Of the network's formulas; what has none is elastic, or Newtonian. The setup functions take
/// site_values (an end's: of the end, of the end cell's centre, then per_half_cell).
LawFunctions make_law_functions(const Network& network, bool wall_varies);

/// A0, h, E, nu, p_ref, rho, and the potential of the height.
constexpr std::size_t site_value_count = WallProperties::count + 2;
std::array<double, site_value_count> site_values(const Network& network, std::size_t vessel,
                                                 double s);

}  // namespace bloodflow
