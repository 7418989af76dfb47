#pragma once
// For *.test.cpp only.

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/cuda/device.hpp"

namespace asp::testing {

/// Says why where there is none.
inline bool has_device() {
    try {
        cuda::device_info();
        return true;
    } catch (const BackendError& error) {
        WARN("skipped: " << error.what());
        return false;
    }
}

}  // namespace asp::testing
