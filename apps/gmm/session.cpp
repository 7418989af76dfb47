#include "gmm/session.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/harts/capacity.hpp"
#include "asp/jit/platform.hpp"
#include "asp/tune/tune.hpp"

namespace gmm {
namespace {

const asp::Lease& require_backend(const CommandLine& line, const asp::Lease& lease) {
    if (line.backend == "cuda")
        throw asp::BackendError(
            "--backend cuda: built without CUDA kernels for mixtures; use --backend cpu");
    return lease;
}

}  // namespace

void stop_if_interrupted() {
    if (asp::interrupt_requested()) throw Interrupted();
}

asp::Context context_of(const std::string& mode) {
    asp::Context context =
        asp::process_context(asp::parse_mode(mode).value_or(asp::Mode::automatic));
    context.tuned = [](const asp::Specializer& specializer, const asp::Problem& problem,
                       const asp::Features& features) {
        asp::db::Database database = asp::db::Database::of_user();
        return asp::tune::tuned_by(database, asp::jit::measure_platform())(specializer, problem,
                                                                           features);
    };
    context.say = [](const std::string& text) { fmt::print(stderr, "gmm: {}\n", text); };
    return context;
}

Session::Session(const CommandLine& line)
    : lease(
          asp::HartPool::process().request(line.threads == 0 ? asp::HartPool::all : line.threads)),
      team(require_backend(line, lease)),
      context(context_of(line.specialize)),
      engine(&team, context) {}

std::size_t memory_for_frames(const CommandLine& line) {
    if (line.memory_mib && *line.memory_mib < 0)
        throw asp::InputError(fmt::format(
            "--memory {}: expected a number of MiB that is not negative", *line.memory_mib));
    if (line.memory_mib) return static_cast<std::size_t>(*line.memory_mib) << 20U;
    return asp::measure_memory() / 4;
}

}  // namespace gmm
