#include "gmm/session.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"
#include "asp/cuda/device.hpp"
#include "asp/harts/capacity.hpp"
#include "asp/jit/platform.hpp"
#include "asp/tune/tune.hpp"
#include "gmm/cuda/device_engine.hpp"
#include "gmm/report.hpp"

namespace gmm {
namespace {

/// Nothing is known of devices that `auto` could go by.
std::shared_ptr<const Backend> backend_of(const CommandLine& line) {
    if (line.backend != "cuda") return nullptr;
    try {
        return std::make_shared<const cuda::DeviceEngine>();
    } catch (const asp::BackendError& error) {
        throw asp::BackendError(
            fmt::format("--backend cuda: {}; or use --backend cpu", error.what()));
    }
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
      team(lease),
      context(context_of(line.specialize)),
      backend(backend_of(line)),
      engine(&team, context, backend),
      where(backend ? asp::cuda::device_info().name : counted(lease.harts(), "hart")) {}

std::size_t memory_for_frames(const CommandLine& line) {
    if (line.memory_mib && *line.memory_mib < 0)
        throw asp::InputError(fmt::format(
            "--memory {}: expected a number of MiB that is not negative", *line.memory_mib));
    if (line.memory_mib) return static_cast<std::size_t>(*line.memory_mib) << 20U;
    return asp::measure_memory() / 4;
}

}  // namespace gmm
