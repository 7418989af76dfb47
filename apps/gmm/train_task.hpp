#pragma once

#include <functional>

#include "gmm/distributed/ranks.hpp"
#include "gmm/frame_file.hpp"
#include "gmm/training_options.hpp"

namespace gmm {

/// What `gmm train` works on, opened and looked at.
struct TrainTask {
    Begin begin;
    FrameInput input;  ///< of all ranks
};

/// Throws what stands against a training before its files are opened.
using TaskCheck = std::function<void(const CommandLine&, const Training&)>;

/// Throws InputError for options that cannot be meant, what `check` throws, and for files that do
/// not go with them; of several ranks all throw the same one. `ranks` may be null.
TrainTask open_task(const CommandLine& line, const Ranks* ranks, const TaskCheck& check);

/// The least that a fit takes beside its frames [bytes]: mixtures before and after an M-step, sums
/// of a pass, and the statistics with the points that these are about.
double memory_of_fit(Covariance covariance, std::size_t components, std::size_t dimension);

/// The command line of one rank: the first alone speaks, and those on one machine share its harts.
CommandLine line_of_rank(CommandLine line, const Ranks& ranks);

/// A model that has not begun gets its start, on all ranks the same: the first looks at all frames
/// for it. Throws InputError on all of them for frames that cannot be used.
template <class Real>
void make_common_start(const Ranks& ranks, Model& model, const FrameInput& input,
                       const Engine& engine);

}  // namespace gmm
