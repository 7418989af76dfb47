#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/driver.hpp"
#include "asp/jit/detail/entry.hpp"
#include "asp/jit/detail/loaded_module.hpp"
#include "asp/jit/detail/pack_folder.hpp"
#include "asp/jit/detail/store.hpp"
#include "asp/jit/kernel_cache.hpp"

namespace asp::jit::detail {

/// Everything that decides what one kernel becomes.
struct KernelRequest {
    const Source& source;
    const Toolchain& toolchain;
    const CompileOptions& options;
    std::string key;
};

/// Why a key's entry was not loaded.
enum class Miss {
    absent,
    damaged,     ///< to be replaced
    unreadable,  ///< the system could not say: left alone
};

/// The parts of a KernelCache: what is loaded, the folder on disk, the pack.
class CacheState {
public:
    explicit CacheState(CacheSetup setup);

    const CacheSetup& setup() const noexcept { return setup_; }
    const std::optional<Store>& store() const noexcept { return store_; }
    std::optional<std::string> why_off() const;

    std::optional<Module> in_memory(const std::string& key) const;
    Expected<Module, Miss> on_disk(const std::string& key);
    /// `exactly`: made for the very instruction set that is asked for.
    enum class Match { exact, any_that_runs };
    std::optional<Module> in_pack(const Source& source, const CompileOptions& options, Match match);

    /// One process builds, the others wait for it, up to a limit.
    BuildResult build_once(const KernelRequest& request, Miss miss);

private:
    bool writing() const;
    void turn_off(const std::string& reason);
    void warn_once(const std::string& line);

    Module remember(LoadedModule module);
    /// What was compiled just now.
    Module adopt(const EntryMeta& meta, LoadedObject object, const std::filesystem::path& folder,
                 double load_seconds, const std::string& source);
    Expected<Module, std::string> load(Entry entry, Provenance::Origin origin,
                                       const std::filesystem::path& folder,
                                       std::chrono::steady_clock::time_point start);

    Expected<PrivateFolder, CompileFailure> create_folder();
    BuildResult build(const KernelRequest& request, Miss miss);
    BuildResult finish(const KernelRequest& request, Miss miss, PrivateFolder& folder,
                       const CompiledObject& object);
    std::optional<std::string> publish(const EntryMeta& meta, PrivateFolder& folder, Miss miss);
    BuildResult explain(const KernelRequest& request, PrivateFolder& folder,
                        CompileFailure failure);

    CacheSetup setup_;
    std::optional<Store> store_;  ///< none: the folder is not to be used at all
    std::optional<PackFolder> pack_;
    mutable std::mutex mutex_;        ///< for what follows
    std::optional<std::string> off_;  ///< why nothing is written any more
    std::set<std::string> warned_;
    std::unordered_map<std::string, std::weak_ptr<const LoadedModule>> loaded_;
};

}  // namespace asp::jit::detail
