#pragma once

#include <span>

#include "asp/jit/header.hpp"

namespace krylov::detail {

/// The templates of kernels/, embedded.
std::span<const asp::jit::Header> kernel_headers();

}  // namespace krylov::detail
