#include "asp/jit/pack.hpp"

#include <fmt/format.h>

#include <sstream>

#include "asp/base/error.hpp"
#include "asp/db/exchange.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp_program/commands.hpp"
#include "asp_program/report.hpp"

namespace asp_program {

namespace fs = std::filesystem;

asp::ExitCode pack_command(const fs::path& folder, const Output& output) {
    const asp::jit::KernelCache& cache = asp::jit::KernelCache::process();
    std::vector<std::string> keys;
    for (const asp::jit::CacheEntry& entry : cache.entries()) keys.push_back(entry.key);
    if (keys.empty())
        throw asp::InputError(fmt::format(
            "{}: no kernels to pack; expected some: run what is to be packed here first",
            cache.folder().string()));
    const std::size_t kernels = export_pack(cache, keys, folder);

    asp::db::Database database = asp::db::Database::of_user();
    std::ostringstream lines;
    const std::size_t records = export_lines(database, lines);
    const fs::path file = folder / "tuning.jsonl";
    asp::io::write_text_atomically(file, lines.str());

    if (!output.quiet) {
        fmt::print("{} and {} in {}\n", counted(kernels, "kernel"), counted(records, "record"),
                   folder.string());
        fmt::print("There: export ASP_PACK_DIR={}; asp db import {}\n",
                   fs::absolute(folder).lexically_normal().string(),
                   fs::absolute(file).lexically_normal().string());
    }
    write_summary(output, "pack", "converged",
                  {{"folder", folder.string()}, {"kernels", kernels}, {"records", records}});
    return asp::ExitCode::done;
}

}  // namespace asp_program
