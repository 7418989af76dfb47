#pragma once

#include <span>

#include "asp/jit/header.hpp"

namespace gmm::detail {

/// The templates of kernels/, embedded.
std::span<const asp::jit::Header> kernel_headers();

}  // namespace gmm::detail
