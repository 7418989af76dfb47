#pragma once

#include <string>
#include <vector>

#include "asp/ir/function.hpp"

namespace asp::ir {

/// A function that stands for a call of the host's, to be called by other texts: one result.
Function opaque_function(const std::string& name, const std::vector<std::string>& parameters,
                         const std::string& key);

/// A part of a function with opaque calls.
struct Stage {
    Function function;  ///< of the parameters and of what the stages before gave
    std::string call;   ///< key of what its results are given to; empty: they are the function's
};

/// One stage for the arguments of each call, in order, and the last for what is left.
std::vector<Stage> stages_of(const Function& function);

}  // namespace asp::ir
