#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/jit/compile.hpp"
#include "asp/jit/module.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit {

struct CacheLimits {
    std::uintmax_t bytes = std::uintmax_t{1} << 30U;
    std::chrono::seconds failure_lifetime = std::chrono::hours(7 * 24);
    std::chrono::seconds between_sweeps = std::chrono::hours(1);
    std::chrono::seconds between_touches = std::chrono::hours(24);
    std::chrono::milliseconds lock_wait{10000};  ///< for another process that builds the same
};

struct CacheSetup {
    std::filesystem::path folder;
    std::filesystem::path pack{};  ///< empty: none
    CacheLimits limits{};
    std::function<void(const std::string&)> warn{};  ///< gets each line once; empty: to stderr
};

struct CacheEntry {
    std::string key;
    std::string name;      ///< of the Source
    std::string compiler;  ///< its version
    std::string instruction_set;
    std::uintmax_t bytes = 0;
    std::chrono::system_clock::time_point last_used;  ///< to a day
    std::filesystem::path folder;
};

namespace detail {
class CacheState;
}

/// Compiled kernels on disk, one folder per key, shared by all processes of a user. Any thread may
/// call. Trouble with the folder turns caching off with one line; kernels are compiled all the
/// same, in a private temporary folder.
class KernelCache {
public:
    explicit KernelCache(CacheSetup setup);
    explicit KernelCache(std::filesystem::path folder, CacheLimits limits = {});
    KernelCache(const KernelCache&) = delete;
    KernelCache& operator=(const KernelCache&) = delete;
    ~KernelCache();

    /// In $ASP_CACHE_DIR, else $XDG_CACHE_HOME/asp, else ~/.cache/asp; with the pack $ASP_PACK_DIR.
    static KernelCache& process();

    /// The module from memory, disk or pack, else compiled now. Without a toolchain only the pack
    /// is asked. Never throws for what the machine does; throws InputError for a header path that
    /// leaves its folder.
    BuildResult get_or_build(const Source& source, const std::optional<Toolchain>& toolchain,
                             const CompileOptions& options = {});
    /// As get_or_build, but never compiles: nothing when a compile would be needed.
    std::optional<Module> find(const Source& source, const std::optional<Toolchain>& toolchain,
                               const CompileOptions& options = {});

    /// All entries, the most recently used first.
    std::vector<CacheEntry> entries() const;
    std::uintmax_t bytes() const;
    /// Removes all entries and remembered failures; gives the bytes that became free.
    std::uintmax_t clear();
    /// Removes the least recently used entries until at most `bytes` are left, and what killed
    /// processes left behind. Gives the bytes that became free.
    std::uintmax_t evict(std::uintmax_t bytes);

    const std::filesystem::path& folder() const noexcept;
    /// Why nothing is cached; nothing when all is well.
    std::optional<std::string> why_off() const;

private:
    std::unique_ptr<detail::CacheState> state_;
};

}  // namespace asp::jit
