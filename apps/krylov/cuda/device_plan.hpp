#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "krylov/cuda/device_akx.hpp"
#include "krylov/cuda/device_ways.hpp"

namespace krylov::cuda {

/// One way to do it on a device, with what was measured.
struct DeviceCandidate {
    DeviceOptions options;
    std::optional<double> measured = {};  ///< [s] for k levels of one vector
};

/// What was decided and why.
struct DevicePlan {
    DeviceCandidate chosen;
    std::vector<DeviceCandidate> considered;  ///< best first, what was not timed last
    std::string reason;                       ///< "timed here: 1.80 times 8 products of cuSPARSE"
    std::optional<double> speedup;  ///< over k products of cuSPARSE, where both were timed
    double tuning_seconds = 0.0;    ///< packing and compiling candidates, and timing them
};

/// [s] of one call: the mean of so many, after one that does not count.
using TimeCalls = std::function<double(int repetitions)>;
/// Makes a candidate ready to be timed; nothing where a tile does not fit a block's memory after
/// all. Throws BackendError where the device's memory does not suffice.
using Prepare = std::function<std::optional<TimeCalls>(const DeviceOptions&)>;

/// Takes one of `ways` (device_ways): without a budget, or with one way only, the first; else the
/// quickest of those that the budget allows to time. cuSPARSE is timed first, and taken where
/// nothing else is as quick, unless a method or another basis than the monomial one was asked for.
/// Throws InputError where no way fits the device.
DevicePlan choose_way(const std::vector<DeviceOptions>& ways, const DeviceRequest& request,
                      const Prepare& prepare);

/// A plan and what it is carried out by.
template <class Scalar>
struct PlannedAkx {
    DevicePlan plan;
    DeviceAkx<Scalar> akx;
};

/// Chooses among the ways there are, on this machine's device. Throws InputError, and BackendError
/// where there is no device.
template <class Scalar>
PlannedAkx<Scalar> plan_on_device(const CsrView<Scalar>& matrix, const Recurrence& recurrence,
                                  const DeviceRequest& request);

}  // namespace krylov::cuda
