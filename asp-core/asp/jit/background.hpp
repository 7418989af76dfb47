#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "asp/jit/compile.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp/jit/module.hpp"

namespace asp::jit {

namespace detail {
struct PendingState;
class BackgroundState;
}  // namespace detail

/// A module that is being compiled. A handle; copies look at the same compile.
class PendingModule {
public:
    /// Cheap enough for every call of a kernel: one atomic load.
    bool ready() const noexcept;
    /// Waits. The reference lives as long as a copy of this handle.
    const BuildResult& wait() const;
    /// No longer wanted: if queued, it is dropped; if running, the compiler is ended.
    void stop() const;

private:
    friend class BackgroundCompiler;
    explicit PendingModule(std::shared_ptr<detail::PendingState> state)
        : state_(std::move(state)) {}
    std::shared_ptr<detail::PendingState> state_;
};

/// Compiles while the caller goes on: at nice +10, `at_most` at once, in order of arrival. At the
/// end of its life the queue is dropped and running compilers are ended, so that a process ends at
/// once and leaves no child behind.
class BackgroundCompiler {
public:
    /// Precondition: at_most >= 1. The cache must outlive this.
    explicit BackgroundCompiler(KernelCache& cache, std::size_t at_most = 1);
    BackgroundCompiler(const BackgroundCompiler&) = delete;
    BackgroundCompiler& operator=(const BackgroundCompiler&) = delete;
    ~BackgroundCompiler();

    /// One for the process, on KernelCache::process(). A forked process has its own, without what
    /// its parent has queued.
    static BackgroundCompiler& process();

    /// Never blocks. A source that is in the cache takes the same way (a fraction of a
    /// millisecond): ask KernelCache::find first where that counts.
    PendingModule build(Source source, std::optional<Toolchain> toolchain,
                        CompileOptions options = {});

private:
    void begin_anew();

    std::unique_ptr<detail::BackgroundState> state_;
};

}  // namespace asp::jit
