#pragma once

#include <optional>
#include <vector>

#include "asp/cuda/device.hpp"
#include "asp/db/database.hpp"
#include "krylov/csr.hpp"
#include "krylov/cuda/device_options.hpp"

namespace krylov::cuda {

/// What is to be computed on a device, and what of the plan is given.
struct DeviceRequest {
    int k = 8;
    bool is_monomial = true;  ///< cuSPARSE has no other steps
    std::optional<DeviceMethod> method = {};
    /// [products] that timing candidates may cost the device; 0: sizes decide. What packing them
    /// costs the processor is not counted.
    double budget = 500.0;
    bool forgets = false;                   ///< verdicts in the database: time again
    asp::db::Database* database = nullptr;  ///< where verdicts are found and kept, in fp64
};

/// The ways worth timing on this device, by sizes the best first; cuSPARSE, where it is worth
/// comparing with, last. Throws InputError for a matrix that is not square, and where a method is
/// asked for that cannot be had.
template <class Scalar>
std::vector<DeviceOptions> device_ways(const CsrView<Scalar>& matrix, const DeviceRequest& request,
                                       const asp::cuda::DeviceInfo& device);

}  // namespace krylov::cuda
