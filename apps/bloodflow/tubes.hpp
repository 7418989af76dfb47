#pragma once

#include <filesystem>

#include "bloodflow/run.hpp"

namespace asp {
class Team;
}

namespace bloodflow {

/// Moments of the whole network, from which the pictures are drawn.
using TubeFrames = Fields;

/// Draws the vessels as tubes between their nodes, with their true and pulsating radius:
/// `directory` (made where missing) gets tubes_0000.vtp, ... and tubes.pvd, which ParaView opens as
/// one series; its path is returned. There are config.vtk_frames of them, evenly out of `frames`,
/// or all where there are fewer. Lengths are in mm. At the points: pressure, flow, velocity, radius
/// and the magnitude of the wall shear stress, units in the names; on the quads, the vessel's
/// number. Throws asp::BackendError where a file cannot be written.
std::filesystem::path write_tubes(const std::filesystem::path& directory, const RunConfig& config,
                                  const Mesh& mesh, const TubeFrames& frames,
                                  const asp::Team& team);

}  // namespace bloodflow
