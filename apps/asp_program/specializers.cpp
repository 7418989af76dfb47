#include "asp_program/specializers.hpp"

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/newton/newton.hpp"
#include "asp/newton/testing.hpp"
#include "asp/stencil/encode.hpp"
#include "asp/stencil/specializer.hpp"
#include "asp/stencil/testing.hpp"

namespace asp_program {
namespace {

asp::Problem diffusion_problem() {
    return asp::stencil::encode(asp::stencil::testing::diffusion(3, asp::ir::Edge::none));
}

}  // namespace

const std::vector<KnownSpecializer>& known_specializers() {
    static const asp::newton::NewtonRaphson newton;
    static const asp::stencil::StencilSpecializer stencil;
    static const std::vector<KnownSpecializer> known{
        {&newton, "many small nonlinear systems F(x; p) = 0 at once",
         asp::newton::testing::junction_problem, "a junction of three arteries, 4 unknowns"},
        {&stencil, "loops over the points of grids", diffusion_problem,
         "diffusion in three dimensions, 7 points"}};
    return known;
}

const KnownSpecializer& specializer_named(const std::string& name) {
    std::vector<std::string> names;
    for (const KnownSpecializer& known : known_specializers()) {
        if (known.specializer->name() == name) return known;
        names.push_back(known.specializer->name());
    }
    const auto nearest = asp::nearest_name(name, names);
    throw asp::InputError(
        fmt::format("{}: no such specializer; {}", name,
                    nearest ? fmt::format("did you mean '{}'?", *nearest)
                            : fmt::format("expected one of: {}", fmt::join(names, ", "))));
}

}  // namespace asp_program
