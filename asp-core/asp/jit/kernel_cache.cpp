#include "asp/jit/kernel_cache.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "asp/jit/detail/cache_folder.hpp"
#include "asp/jit/detail/cache_state.hpp"
#include "asp/jit/detail/inspect.hpp"

namespace asp::jit {

namespace fs = std::filesystem;
using Match = detail::CacheState::Match;
using Reason = CompileFailure::Reason;

KernelCache::KernelCache(CacheSetup setup)
    : state_(std::make_unique<detail::CacheState>(std::move(setup))) {}
KernelCache::KernelCache(fs::path folder, CacheLimits limits)
    : KernelCache(CacheSetup{std::move(folder), {}, limits, {}}) {}
KernelCache::~KernelCache() = default;

KernelCache& KernelCache::process() {
    const char* pack = std::getenv("ASP_PACK_DIR");
    static KernelCache cache(
        {detail::default_cache_folder(), pack == nullptr ? "" : pack, CacheLimits{}, {}});
    return cache;
}

BuildResult KernelCache::get_or_build(const Source& source,
                                      const std::optional<Toolchain>& toolchain,
                                      const CompileOptions& options) {
    detail::require_safe_headers(source);
    if (!toolchain) {
        if (auto module = state_->in_pack(source, options, Match::any_that_runs))
            return std::move(*module);
        return Unexpected{CompileFailure{Reason::no_compiler, detail::no_compiler_message}};
    }
    const std::string key = kernel_key(source, *toolchain, options);
    if (auto module = state_->in_memory(key)) return std::move(*module);
    auto module = state_->on_disk(key);
    if (module) return std::move(*module);
    if (auto packed = state_->in_pack(source, options, Match::exact)) return std::move(*packed);
    if (state_->store() && !options.retry_failed)
        if (auto failure = state_->store()->find_failure(key)) {
            failure->message += "; the generated kernel is " + failure->kept_source.string();
            return Unexpected{std::move(*failure)};
        }
    auto built = state_->build_once({source, *toolchain, options, key}, module.error());
    if (!built && built.error().reason != Reason::stopped)
        if (auto packed = state_->in_pack(source, options, Match::any_that_runs))
            return std::move(*packed);
    return built;
}

std::optional<Module> KernelCache::find(const Source& source,
                                        const std::optional<Toolchain>& toolchain,
                                        const CompileOptions& options) {
    detail::require_safe_headers(source);
    if (!toolchain) return state_->in_pack(source, options, Match::any_that_runs);
    const std::string key = kernel_key(source, *toolchain, options);
    if (auto module = state_->in_memory(key)) return module;
    if (auto module = state_->on_disk(key)) return std::move(*module);
    return state_->in_pack(source, options, Match::exact);
}

std::vector<CacheEntry> KernelCache::entries() const {
    std::vector<CacheEntry> list;
    if (!state_->store()) return list;
    for (const detail::StoredItem& item : state_->store()->entries()) {
        CacheEntry entry{.key = item.key,
                         .name = {},
                         .compiler = {},
                         .instruction_set = {},
                         .bytes = item.bytes,
                         .last_used = std::chrono::system_clock::from_time_t(item.last_used),
                         .folder = state_->store()->entry_path(item.key)};
        if (const auto meta = detail::read_meta(state_->store()->kernels(), item.key)) {
            entry.name = meta->name;
            entry.compiler = meta->version;
            entry.instruction_set = name_of(meta->instruction_set);
        }
        list.push_back(std::move(entry));
    }
    std::sort(list.begin(), list.end(), [](const CacheEntry& a, const CacheEntry& b) {
        return a.last_used != b.last_used ? a.last_used > b.last_used : a.key < b.key;
    });
    return list;
}

std::uintmax_t KernelCache::bytes() const {
    std::uintmax_t bytes = 0;
    if (state_->store())
        for (const detail::StoredItem& item : state_->store()->entries()) bytes += item.bytes;
    return bytes;
}

std::uintmax_t KernelCache::clear() {
    return state_->store() ? state_->store()->clear() : 0;
}

std::uintmax_t KernelCache::evict(std::uintmax_t bytes) {
    return state_->store() ? state_->store()->evict(bytes) : 0;
}

const fs::path& KernelCache::folder() const noexcept {
    return state_->setup().folder;
}

std::optional<std::string> KernelCache::why_off() const {
    return state_->why_off();
}

}  // namespace asp::jit
