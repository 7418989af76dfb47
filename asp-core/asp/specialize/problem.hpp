#pragma once

#include <map>
#include <string>

#include "asp/ir/function.hpp"

namespace asp {

/// Whole numbers that belong to what the user wrote: {"unknowns": 4}. Folded into the code.
using Constants = std::map<std::string, long>;

/// What the user wrote, checked by its specializer and ready to be lowered.
struct Problem {
    ir::Function function;
    Constants constants;

    /// Of a name that the specializer put there itself.
    long constant(const std::string& name) const { return constants.at(name); }
};

/// The problem in a graph of its own, so that another thread may build on it.
Problem detached(const Problem& problem);

}  // namespace asp
