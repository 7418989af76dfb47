#pragma once

#include <optional>

#include "asp/cuda/device.hpp"
#include "asp/db/database.hpp"
#include "krylov/cuda/device_plan.hpp"

namespace krylov::cuda {

/// What a verdict is kept under: the device's name, the matrix's structure and the request.
template <class Scalar>
asp::db::ProblemKey verdict_key(const CsrView<Scalar>& matrix, const DeviceRequest& request,
                                const asp::cuda::DeviceInfo& device);

/// The verdict there is; its plan has the chosen way alone.
std::optional<DevicePlan> remembered(asp::db::Database& database, const asp::db::ProblemKey& key,
                                     int k);
/// Precondition: the plan has a speedup.
void remember(asp::db::Database& database, const asp::db::ProblemKey& key,
              const asp::cuda::DeviceInfo& device, const DevicePlan& plan);

}  // namespace krylov::cuda
