#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/exit_codes.hpp"

namespace asp_program {

/// What every command takes.
struct Output {
    std::filesystem::path summary = {};  ///< empty: none
    bool quiet = false;
};

enum class CacheAction { list, clear, evict, path };

struct CacheRequest {
    CacheAction action = CacheAction::list;
    std::uintmax_t bytes = 0;  ///< to be left by evict
};

struct ListRequest {
    std::optional<std::string> specializer = {}, platform = {}, status = {};
};

struct PruneRequest {
    std::optional<double> older_than_days = {};
    std::optional<std::string> specializer = {}, platform = {};
    std::optional<std::int64_t> version_below = {};
};

struct TuneRequest {
    std::string specializer = "newton";
    bool list = false;                        ///< the specializers, and nothing else
    std::filesystem::path function = {};      ///< file with a function; empty: the default problem
    std::string expression = {};              ///< in place of the file
    std::vector<std::string> arguments = {};  ///< NAME, NAME[3], NAME=LOW:HIGH
    std::vector<std::string> given = {};      ///< NAME=NUMBER
    std::string level = "measure";
    long extent = 10000;
    std::optional<double> seconds = {};
};

// Each command prints for a person, writes its summary and returns how it ended. Bad input throws
// asp::InputError, a machine that fails asp::BackendError.
asp::ExitCode doctor_command(const Output& output);
asp::ExitCode cache_command(const CacheRequest& request, const Output& output);
asp::ExitCode db_list_command(const ListRequest& request, const Output& output);
asp::ExitCode db_show_command(const std::string& id, const Output& output);
asp::ExitCode db_export_command(const std::filesystem::path& file, const Output& output);
asp::ExitCode db_import_command(const std::filesystem::path& file, bool own, const Output& output);
asp::ExitCode db_prune_command(const PruneRequest& request, const Output& output);
asp::ExitCode tune_command(const TuneRequest& request, const Output& output);
asp::ExitCode pack_command(const std::filesystem::path& folder, const Output& output);
asp::ExitCode bench_command(const std::string& name, const Output& output);

}  // namespace asp_program
