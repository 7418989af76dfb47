#pragma once

#include <filesystem>
#include <optional>

namespace asp::db {

/// Where this user's data lie: $ASP_DATA_DIR, else $XDG_DATA_HOME/asp, else ~/.local/share/asp.
/// Nothing where no home is known.
std::optional<std::filesystem::path> data_folder();

/// True for file systems shared by several machines (NFS, SMB, ...): SQLite's write-ahead log needs
/// memory that all its users share.
bool is_network_file_system(const std::filesystem::path& folder);

}  // namespace asp::db
