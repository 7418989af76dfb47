#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "asp/db/record.hpp"

namespace asp::tune {

/// Memory that a child process shares with its parent: what a quarantined run writes here is seen
/// here. Each block ends just before a page that nobody may touch, so that a run over its end
/// crashes.
class SharedBlock {
public:
    /// Throws BackendError when there is no memory. Aligned to 64 bytes; zero at first.
    explicit SharedBlock(std::size_t bytes);
    SharedBlock(SharedBlock&& other) noexcept;
    SharedBlock(const SharedBlock&) = delete;
    SharedBlock& operator=(const SharedBlock&) = delete;
    ~SharedBlock();

    std::byte* data() const { return data_; }
    std::size_t size() const { return bytes_; }

private:
    std::byte* pages_;
    std::size_t mapped_;
    std::byte* data_;
    std::size_t bytes_;
};

struct QuarantineLimits {
    double wall_seconds = 5.0;
    double cpu_seconds = 5.0;  ///< rounded up to whole seconds
};

struct QuarantineOutcome {
    db::Status status = db::Status::ok;  ///< ok, crash or timeout; `wrong` is for who compares
    std::string what;      ///< for people: "crashed (Segmentation fault)", "did not end in 5 s"
    int returned = 0;      ///< with ok: what `work` returned
    double seconds = 0.0;  ///< wall time of the child
};

/// Runs `work` in a child process that may crash, hang or end itself without harm. Inputs are the
/// parent's memory, copied page by page when written to; results come back through SharedBlocks.
///
/// The child is a fork of a process that may have other threads (a oneTBB pool, a background
/// compiler), none of which exist in it, while locks that they held stay locked for ever. So `work`
/// must be a compiled kernel and nothing else: no team, no lease, no allocation, no output, no
/// database. Around it the child only makes calls that are safe after fork (signal-safety(7)) and
/// leaves by _exit. Not for a process that has a CUDA context.
/// Throws BackendError when no child can be made.
QuarantineOutcome run_in_quarantine(const std::function<int()>& work,
                                    const QuarantineLimits& limits = {});

}  // namespace asp::tune
