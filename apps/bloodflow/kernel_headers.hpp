#pragma once

#include <span>

#include "asp/jit/header.hpp"

namespace bloodflow {

/// The kernel templates, as they travel inside the program.
std::span<const asp::jit::Header> kernel_headers();

}  // namespace bloodflow
