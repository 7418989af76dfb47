#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asp/base/expected.hpp"
#include "asp/jit/compile.hpp"
#include "asp/jit/detail/file_system.hpp"
#include "asp/jit/instruction_set.hpp"

namespace asp::jit::detail {

/// What meta.json of an entry says. An entry is a folder with source.cpp, meta.json, build.log and
/// kernel.so.
struct EntryMeta {
    std::string key;  ///< must be the folder's name: a renamed entry is not the one asked for
    std::string source_key;  ///< for packs
    std::string name;
    std::string object_sha256;
    std::string compiler;  ///< path
    std::string version;
    std::vector<std::string> flags;
    InstructionSet instruction_set;
    std::string libc;
    std::string created;  ///< UTC, "2026-01-31T12:00:00Z"
    double compile_seconds = 0.0;
};

std::string to_json(const EntryMeta& meta);
/// Nothing for a text that is not such a description.
std::optional<EntryMeta> meta_from_json(std::string_view text);

struct Entry {
    EntryMeta meta;
    std::string object;  ///< its checksum was right
    std::string source;
};

/// The entry `key` below `parent`, checked.
Expected<Entry, ReadProblem> read_entry(int parent, const std::string& key);
/// Its description alone, for lists.
std::optional<EntryMeta> read_meta(int parent, const std::string& key);

/// A compile that failed, remembered: a folder with source.cpp, include/, build.log and meta.json.
std::string failure_to_json(const CompileFailure& failure);
std::optional<CompileFailure> failure_from_json(std::string_view text);

/// "2026-01-31T12:00:00Z", now.
std::string utc_now();

}  // namespace asp::jit::detail
