#include "asp/base/error.hpp"
#include "gmm/commands.hpp"

namespace gmm {

asp::ExitCode bench_command(const CommandLine&) {
    throw asp::BackendError("bench: not there yet");
}

}  // namespace gmm
