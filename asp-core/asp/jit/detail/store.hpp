#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/cache_folder.hpp"
#include "asp/jit/detail/entry.hpp"
#include "asp/jit/detail/private_folder.hpp"
#include "asp/jit/kernel_cache.hpp"

namespace asp::jit::detail {

/// An entry or a remembered failure, as a sweep sees it.
struct StoredItem {
    std::string key;
    std::uintmax_t bytes = 0;
    std::time_t last_used = 0;
};

/// The cache on disk:
///   kernels/<key>/   entries        failed/<key>/    compiles that failed
///   work/<random>/   being built    locks/<2 digits> against double work, never for correctness
/// A folder appears under its key by a rename, whole, and disappears by a rename, whole.
class Store {
public:
    static Expected<Store, std::string> open(const std::filesystem::path& folder,
                                             const CacheLimits& limits);

    const std::filesystem::path& path() const noexcept { return root_.path; }
    std::filesystem::path entry_path(const std::string& key) const;
    int kernels() const noexcept { return kernels_.get(); }

    /// Why nothing can be written; nothing: as far as we know it can.
    const std::optional<std::string>& why_read_only() const noexcept { return read_only_; }

    /// Marks what it finds as used.
    Expected<Entry, ReadProblem> find(const std::string& key) const;
    std::optional<CompileFailure> find_failure(const std::string& key) const;

    Expected<PrivateFolder, std::string> create_work_folder() const;
    /// Gives a work folder its name; the error is one line. An entry that is there stays, unless it
    /// is `replace`d: that one is moved away first.
    enum class Existing { stays, replace };
    std::optional<std::string> publish(PrivateFolder& folder, const std::string& key,
                                       Existing existing) const;
    /// The path at which the failure's source then lies, or nothing.
    std::optional<std::filesystem::path> publish_failure(PrivateFolder& folder,
                                                         const std::string& key) const;

    /// Held by the one process that builds this key (or one that shares the lock). Waits until it
    /// is free, the limit is over, or `give_up` says so; without it all works, only twice.
    Descriptor lock(const std::string& key, const std::function<bool()>& give_up) const;

    std::vector<StoredItem> entries() const;
    /// The bytes that became free, for the next three.
    std::uintmax_t clear() const;
    std::uintmax_t evict(std::uintmax_t bytes) const;
    /// Evicts and cleans up, in one process at a time and not too often.
    std::uintmax_t sweep_if_due() const;

private:
    Store(CacheFolder root, const CacheLimits& limits);

    Descriptor subfolder(const char* name);
    std::optional<std::string> move_into(PrivateFolder& folder, int parent, const std::string& key,
                                         Existing existing) const;
    bool remove(int parent, const std::string& key) const;
    void remove_old_failures() const;
    void remove_abandoned_work() const;

    CacheFolder root_;
    CacheLimits limits_;
    std::optional<std::string> read_only_;
    Descriptor kernels_, failed_, work_, locks_;
};

}  // namespace asp::jit::detail
