#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"
#include "asp/db/database.hpp"
#include "asp/jit/kernel_cache.hpp"
#include "asp/jit/pack.hpp"
#include "asp_program/findings.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

void examine_cache(Findings& findings) {
    const auto& cache = asp::jit::KernelCache::process();
    if (const auto reason = cache.why_off()) {
        findings.push_back({State::broken, "cache", fmt::format("off: {}", *reason),
                            "every process compiles its kernels anew",
                            "mend the folder, or name another in ASP_CACHE_DIR (yours alone: "
                            "chmod 700)"});
        return;
    }
    findings.push_back({State::good, "cache",
                        fmt::format("on: {}, {} in {}", counted(cache.entries().size(), "kernel"),
                                    bytes_text(cache.bytes()), cache.folder().string()),
                        "what was compiled once is loaded in a millisecond"});
}

void examine_pack(Findings& findings) {
    const char* folder = std::getenv("ASP_PACK_DIR");
    if (folder == nullptr || *folder == '\0') return;
    try {
        const auto entries = asp::jit::list_pack(folder);
        const auto& here = asp::jit::host_instruction_set();
        const auto usable = std::ranges::count_if(
            entries, [&](const auto& e) { return runs_on(e.instruction_set, here); });
        findings.push_back(
            {usable > 0 || entries.empty() ? State::good : State::warning, "pack",
             fmt::format("{}, {} for this processor, in {}", counted(entries.size(), "kernel"),
                         usable, folder),
             "they need no compiler",
             usable > 0 || entries.empty() ? "" : "pack on a machine like this one"});
    } catch (const std::exception& error) {
        findings.push_back({State::broken, "pack", error.what(), "no packed kernel is used",
                            "set ASP_PACK_DIR to a folder that asp pack made"});
    }
}

using Connection = asp::UniqueHandle<sqlite3*, ::sqlite3_close>;
using Statement = asp::UniqueHandle<sqlite3_stmt*, ::sqlite3_finalize>;

/// "schema 2", from the file itself; empty where it cannot be read.
std::string schema_text(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int result = ::sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    const Connection connection(opened);
    if (result != SQLITE_OK) return {};
    sqlite3_stmt* prepared = nullptr;
    ::sqlite3_prepare_v2(opened, "PRAGMA user_version", -1, &prepared, nullptr);
    const Statement statement(prepared);
    if (prepared == nullptr || ::sqlite3_step(prepared) != SQLITE_ROW) return {};
    return fmt::format("schema {}, ", ::sqlite3_column_int(prepared, 0));
}

void examine_database(Findings& findings) {
    using asp::db::Access;
    std::vector<std::string> warnings;
    asp::db::Database database = asp::db::Database::of_user(
        {.warn = [&](const std::string& line) { warnings.push_back(line); }});
    const asp::db::Counts counts = database.counts();
    const std::string content =
        fmt::format("{}{} of {} on {}, {} negative, in {}", schema_text(database.file()),
                    counted(static_cast<std::size_t>(counts.records), "record"),
                    counted(static_cast<std::size_t>(counts.problems), "problem"),
                    counted(static_cast<std::size_t>(counts.platforms), "platform"),
                    counts.negative, database.file().string());
    const std::string cure =
        "mend the folder, or name another in ASP_DATA_DIR (on a disk of this machine)";
    if (database.access() == Access::unavailable)
        findings.push_back({State::broken, "database",
                            fmt::format("off: {}: {}", database.file().string(), database.reason()),
                            "every kernel runs with its default variant", cure});
    else if (database.access() == Access::read_only)
        findings.push_back({State::warning, "database",
                            fmt::format("read only ({}): {}", database.reason(), content),
                            "what is known is used, nothing is added", cure});
    else
        findings.push_back({State::good, "database", "on: " + content,
                            counts.records == 0 ? "nothing is tuned yet; asp tune would"
                                                : "variants tuned on this machine are used"});
    for (const std::string& line : warnings)
        if (database.access() == Access::read_write)
            findings.push_back({State::warning, "database", line});
}

}  // namespace

void examine_storage(Findings& findings) {
    examine_cache(findings);
    examine_pack(findings);
    examine_database(findings);
}

}  // namespace asp_program
