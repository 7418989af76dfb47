#pragma once

#include "asp/harts/team.hpp"

namespace gmm {

/// What fused multiply-adds alone reach [flop/s].
struct Peak {
    double single, twofold;  ///< in single and in double precision
};

/// Chains of multiply-adds in registers on all harts of a team at once: the fastest of a few runs
/// of some milliseconds.
Peak measure_peak(const asp::Team& team);

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
