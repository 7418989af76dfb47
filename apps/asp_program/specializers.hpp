#pragma once

#include <string>
#include <vector>

#include "asp/ir/parse.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp_program {

/// A specializer that can be tuned by name, and a problem to tune it on where none is given.
struct KnownSpecializer {
    const asp::Specializer* specializer;
    std::string what;  ///< for people, one line
    asp::Problem (*example)();
    std::string example_name;  ///< "a junction of three vessels"
};

/// All of them; a new one is added here.
const std::vector<KnownSpecializer>& known_specializers();

/// Throws InputError for an unknown name, with the nearest.
const KnownSpecializer& specializer_named(const std::string& name);

}  // namespace asp_program
