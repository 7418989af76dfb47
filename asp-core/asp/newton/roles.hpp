#pragma once

#include <map>
#include <string>
#include <vector>

#include "asp/specialize/problem.hpp"

namespace asp::newton {

/// What a user says of a residual's arguments, by name; a vector argument goes by its own, "x".
struct Roles {
    std::vector<std::string> unknowns;
    std::vector<std::string> shared = {};             ///< of all systems
    std::map<std::string, ir::Interval> bounds = {};  ///< of unknowns
};

/// The function as a problem: its arguments in the order that Solver takes, unknowns as they are
/// named, then what each system has its own of, in the function's order, then what is shared.
/// Throws InputError where a name is none of its arguments', or stands twice.
Problem problem_of(const ir::Function& function, const Roles& roles);

}  // namespace asp::newton
