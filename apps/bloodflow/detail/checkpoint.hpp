#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "asp/io/hdf5.hpp"
#include "bloodflow/run.hpp"

namespace bloodflow::detail {

constexpr std::int64_t checkpoint_format = 1;  ///< raise it when the meaning of the file changes

/// Deflating takes longer than the disk: the mantissas of a flow hardly shrink.
constexpr int plain = 0;

/// The names of the vessels' groups in /waveforms: as in the network, unless HDF5 would read a path
/// in one or it is taken.
std::vector<std::string> waveform_groups(const Network& network);

/// Writes /checkpoint: state, history, premises. What else `read_checkpoint` gives back, it reads
/// from where people find it.
void write_checkpoint(asp::io::H5Writer& file, const RunConfig& config, const Mesh& mesh,
                      const RunRecord& record);

}  // namespace bloodflow::detail
