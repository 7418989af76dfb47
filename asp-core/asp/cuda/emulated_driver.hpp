#pragma once
// For tests only, of what is built with the toolkit: emulated_driver.cpp, linked in place of
// driver.cpp, is a device made of the processor's threads, so that what the host does with a device
// is tested where there is none.

#include <functional>

#include "asp/cuda/emulation.hpp"
#include "asp/cuda/resources.hpp"

namespace asp::cuda {

/// Runs a kernel by launch() or launch_at_once(); gets its parameters in order, as cuLaunchKernel
/// does.
using EmulatedKernel = std::function<void(const LaunchShape&, void** arguments)>;

/// In place of a compiled kernel.
Function emulated_function(EmulatedKernel kernel);

}  // namespace asp::cuda
