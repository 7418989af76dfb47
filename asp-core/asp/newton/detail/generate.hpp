#pragma once

#include "asp/newton/newton.hpp"

namespace asp::newton::detail {

/// The system as policies of kernels/newton.hpp.
Specialization generate(const NewtonRaphson& specializer, const Problem& problem,
                        const Variant& variant, Target target);

}  // namespace asp::newton::detail
