#include "asp_program/specializers.hpp"

#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/newton/newton.hpp"
#include "asp/newton/testing.hpp"

namespace asp_program {

const std::vector<KnownSpecializer>& known_specializers() {
    static const asp::newton::NewtonRaphson newton;
    static const std::vector<KnownSpecializer> known{
        {&newton, "many small nonlinear systems F(x; p) = 0 at once",
         asp::newton::testing::junction_problem, "a junction of three arteries, 4 unknowns"}};
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
