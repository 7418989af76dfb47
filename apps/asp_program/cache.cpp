#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp_program/commands.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

using asp::jit::CacheEntry;
using asp::jit::KernelCache;

nlohmann::json to_json(const CacheEntry& entry) {
    const auto used = entry.last_used.time_since_epoch();
    return {{"key", entry.key},
            {"name", entry.name},
            {"compiler", entry.compiler},
            {"instruction_set", entry.instruction_set},
            {"bytes", entry.bytes},
            {"last_used_s", std::chrono::duration_cast<std::chrono::seconds>(used).count()},
            {"folder", entry.folder.string()}};
}

void print(const KernelCache& cache, const std::vector<CacheEntry>& entries, std::uintmax_t bytes) {
    if (!entries.empty())
        fmt::print("{:<12}  {:<20}  {:<11}  {:>8}  {:<8}  {}\n", "key", "name", "for", "size",
                   "used", "compiler");
    for (const CacheEntry& e : entries)
        fmt::print("{:<12}  {:<20}  {:<11}  {:>8}  {:<8}  {}\n", e.key.substr(0, 12), e.name,
                   e.instruction_set, bytes_text(e.bytes), age_text(e.last_used), e.compiler);
    fmt::print("{}, {}, in {}\n", counted(entries.size(), "kernel"), bytes_text(bytes),
               cache.folder().string());
}

asp::ExitCode list(const KernelCache& cache, const Output& output) {
    const std::vector<CacheEntry> entries = cache.entries();
    nlohmann::json table = nlohmann::json::array();
    std::uintmax_t bytes = 0;
    for (const CacheEntry& entry : entries) {
        bytes += entry.bytes;
        table.push_back(to_json(entry));
    }
    if (!output.quiet) print(cache, entries, bytes);
    write_summary(output, "cache list", "converged",
                  {{"folder", cache.folder().string()}, {"bytes", bytes}, {"entries", table}});
    return asp::ExitCode::done;
}

asp::ExitCode remove(KernelCache& cache, const CacheRequest& request, const Output& output) {
    // Its reason was said when the cache was opened.
    if (cache.why_off()) throw asp::BackendError("nothing was removed");
    const bool all = request.action == CacheAction::clear;
    const std::uintmax_t freed = all ? cache.clear() : cache.evict(request.bytes);
    const std::uintmax_t left = cache.bytes();
    if (!output.quiet)
        fmt::print("freed {}, left {}, in {}\n", bytes_text(freed), bytes_text(left),
                   cache.folder().string());
    write_summary(output, all ? "cache clear" : "cache evict", "converged",
                  {{"folder", cache.folder().string()}, {"freed_bytes", freed}, {"bytes", left}});
    return asp::ExitCode::done;
}

}  // namespace

asp::ExitCode cache_command(const CacheRequest& request, const Output& output) {
    KernelCache& cache = KernelCache::process();
    if (request.action == CacheAction::list) return list(cache, output);
    if (request.action != CacheAction::path) return remove(cache, request, output);
    fmt::print("{}\n", cache.folder().string());
    write_summary(output, "cache path", "converged", {{"folder", cache.folder().string()}});
    return asp::ExitCode::done;
}

}  // namespace asp_program
