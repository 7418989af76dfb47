#pragma once

#include <filesystem>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Writes all that is known of a run as one HDF5 file, in place of an older one: a reader finds
/// either of them, complete, at any moment of the run.
///
///     /                       program, version, created, status, failure, kernel, processor, ...
///     /inputs                 config, network: the text of both files; overrides
///     /nodes, /vessels        what was computed on, with the cells of each vessel
///     /waveforms/time         [samples]
///     /waveforms/<vessel>     area, flow, velocity, pressure [3, samples]: inlet, middle, outlet
///     /fields                 time, area, flow [samples, cells] and where the cells lie; if kept
///     /convergence            one number per cycle each
///     /checkpoint             what `read_checkpoint` needs, to the last bit
///
/// Throws asp::BackendError where the file cannot be written.
void write_results(const std::filesystem::path& path, const RunConfig& config, const Mesh& mesh,
                   const RunRecord& record);

/// The record that was written, to the last bit, so that `run` goes on as if it had never stopped.
/// Throws asp::InputError where there is none, and where network, inlets, mesh or numerics are not
/// those of `config`: then what follows would not be a continuation. How far to go and what to keep
/// may differ.
RunRecord read_checkpoint(const std::filesystem::path& path, const RunConfig& config,
                          const Mesh& mesh);

}  // namespace bloodflow
