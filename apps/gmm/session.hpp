#pragma once

#include <exception>
#include <memory>

#include "asp/harts/team.hpp"
#include "asp/specialize/kernel.hpp"
#include "gmm/commands.hpp"
#include "gmm/engine.hpp"
#include "gmm/frame_file.hpp"

namespace gmm {

/// Somebody pressed Ctrl-C, and an asp::InterruptGuard lives.
class Interrupted : public std::exception {
public:
    const char* what() const noexcept override { return "interrupted"; }
};
/// Throws Interrupted after a signal.
void stop_if_interrupted();

/// Harts and kernels as the command line asks for them.
struct Session {
    /// Throws asp::BackendError for a back end that this build or this machine does not have.
    explicit Session(const CommandLine& line);

    asp::Lease lease;
    asp::Team team;
    asp::Context context;
    std::shared_ptr<const Backend> backend;  ///< null: harts
    Engine engine;
    std::string where;  ///< passes are computed: "8 harts", a device's name
};

/// What compiles kernels before they are first run: what is timed must not depend on when a
/// compiler was ready. `mode`: auto, sync, require, off.
asp::Context context_of(const std::string& mode);

/// Memory that frames may take and be kept in, rather than read for each pass [bytes]. Throws
/// InputError for a negative --memory.
std::size_t memory_for_frames(const CommandLine& line);

}  // namespace gmm
