#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "asp/db/database.hpp"
#include "asp/db/detail/sqlite.hpp"

namespace asp::db::detail {

struct Opened {
    std::unique_ptr<Connection> connection;
    Access access = Access::unavailable;
    std::string reason;  ///< for an access below read_write
};

/// Opens, creates, migrates; sets a damaged file aside (said through `warn`). Never throws for what
/// the file system or the file is like.
Opened open_database(const std::filesystem::path& file, std::chrono::milliseconds patience,
                     const std::function<void(const std::string&)>& warn);

/// Number that tells one file from the next under the same name; nothing where there is no file.
std::optional<std::uintmax_t> identity_of(const std::filesystem::path& file);

/// Renames a damaged file with its log to `<file>.damaged-<time>`, unless the name stands for
/// another file already: then another process has done so. No connection of ours may be open.
/// False with a reason when it cannot be renamed.
bool set_aside(const std::filesystem::path& file, std::optional<std::uintmax_t> damaged,
               const std::function<void(const std::string&)>& warn, std::string& reason);

}  // namespace asp::db::detail
