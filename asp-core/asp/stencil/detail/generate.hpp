#pragma once

#include "asp/stencil/specializer.hpp"

namespace asp::stencil::detail {

Specialization generate(const StencilSpecializer& specializer, const Problem& problem,
                        const Variant& variant, Target target);

}  // namespace asp::stencil::detail
