#pragma once

#include "asp/harts/team.hpp"
#include "gmm/bench/peer.hpp"

namespace gmm {

/// What fused multiply-adds alone reach [flop/s]: chains of them in registers on all harts of a
/// team at once, for some milliseconds. What is compared with it is measured just before or after,
/// for clocks change.
double measure_peak(const asp::Team& team, Precision precision);

/// So many rounds of them: the number of operations they are, and a sum that nobody may drop.
struct PeakRun {
    double flops, sum;
};
/// Compiled for one instruction set.
struct PeakKernels {
    PeakRun (*single)(long rounds);
    PeakRun (*twofold)(long rounds);
};
extern const PeakKernels peak_x86_64_v2, peak_x86_64_v3, peak_x86_64_v4;

}  // namespace gmm
