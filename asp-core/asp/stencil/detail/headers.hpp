#pragma once

#include <span>

#include "asp/jit/header.hpp"

namespace asp::stencil {

/// The templates of kernels/, embedded.
std::span<const jit::Header> kernel_headers();

}  // namespace asp::stencil
