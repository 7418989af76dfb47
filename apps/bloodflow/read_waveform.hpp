#pragma once

#include <filesystem>
#include <optional>

#include "asp/base/diagnostics.hpp"
#include "asp/config/node.hpp"
#include "bloodflow/waveform.hpp"

namespace bloodflow {

/// Reads the map `flow` of an inlet. Tables are found in `folder`. A formula without a period must
/// be finite for the `duration` of the run [s], where that is known.
Waveform read_waveform(const asp::config::Node& flow, const std::filesystem::path& folder,
                       std::optional<double> duration);

/// A waveform from a CSV table with the columns time_s and flow_ml_s; complains line by line.
Waveform read_waveform_table(const std::filesystem::path& path, double period,
                             asp::Diagnostics& diagnostics);

}  // namespace bloodflow
