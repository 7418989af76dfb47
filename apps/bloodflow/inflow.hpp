#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Flow [m^3/s] at each of the times [s].
using InflowFunction = std::function<std::vector<double>(const std::vector<double>& times)>;

/// Gives an inlet another flow: that of a function over the period of the inlet's present flow, or
/// of the run, or over a transient run's time; straight lines between 4096 moments. `node` is the
/// inlet's; empty: there is one inlet only. Throws asp::InputError where there is no such inlet,
/// where the flow is not finite and where a period ends elsewhere than it begins.
void replace_inflow(RunConfig& config, const std::string& node, const InflowFunction& flow);

}  // namespace bloodflow
