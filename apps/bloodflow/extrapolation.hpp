#pragma once

#include <optional>
#include <vector>

#include "bloodflow/run.hpp"

namespace bloodflow {

/// Cycles before the latest one that the extrapolation looks at.
constexpr std::size_t extrapolation_depth = 3;

/// A better start for the next cycle than the end of the last, from the starts x and ends f(x) of
/// the latest cycles: Anderson's method. Among affine combinations of the ends it takes the one
/// whose combined change over a cycle is least, measured as volume in vessels and windkessels; the
/// few slow modes of the windkessels are what it removes. Nothing where there are fewer than two
/// cycles, or where the combination is not a plausible state.
std::optional<FlowState> extrapolate_cycles(const Network& network, const Mesh& mesh,
                                            const std::vector<CyclePair>& cycles);

}  // namespace bloodflow
