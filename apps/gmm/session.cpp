#include "gmm/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "asp/base/error.hpp"
#include "asp/base/interrupt.hpp"

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
    const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0
               ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) / 4
               : 0;
}

}  // namespace gmm
