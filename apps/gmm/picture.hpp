#pragma once

#include <string>

#include "gmm/model_file.hpp"

namespace gmm {

/// A training as an SVG picture: the likelihood over the iterations, the weights of the components
/// from the heaviest on.
std::string draw(const Model& model);

}  // namespace gmm
