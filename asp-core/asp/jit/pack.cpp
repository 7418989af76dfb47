#include "asp/jit/pack.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "asp/base/error.hpp"
#include "asp/jit/detail/entry.hpp"
#include "asp/jit/detail/pack_folder.hpp"

namespace asp::jit {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int format = 1;
constexpr const char* index_name = "index.json";

std::optional<std::vector<PackEntry>> entries_from_json(const std::string& text) {
    const json index = json::parse(text, nullptr, false);
    try {
        if (index.at("format") != json(format)) return std::nullopt;
        std::vector<PackEntry> entries;
        for (const json& value : index.at("entries"))
            entries.push_back(
                {.key = value.at("key"),
                 .source_key = value.at("source_key"),
                 .name = value.at("name"),
                 .instruction_set = {value.at("target"), value.at("level"), value.at("features")}});
        return entries;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

std::string to_json(const std::vector<PackEntry>& entries) {
    json list = json::array();
    for (const PackEntry& entry : entries)
        list.push_back({{"key", entry.key},
                        {"source_key", entry.source_key},
                        {"name", entry.name},
                        {"target", entry.instruction_set.target},
                        {"level", entry.instruction_set.level},
                        {"features", entry.instruction_set.features}});
    return json{{"format", format}, {"entries", list}}.dump(1, ' ', false,
                                                            json::error_handler_t::replace);
}

[[noreturn]] void fail(const fs::path& path, int error) {
    throw BackendError(path.string() + ": " + detail::error_text(error));
}

/// A folder that is there keeps its mode: it may be refused for it, with the cure.
void create_for_all(const fs::path& folder) {
    std::error_code failed;
    if (fs::create_directories(folder, failed)) ::chmod(folder.c_str(), 0755);
    if (failed) fail(folder, failed.value());
}

/// Writes one file for everybody to read.
void write_into(const detail::CacheFolder& folder, const fs::path& name, std::string_view bytes) {
    if (const int error = detail::write_file(folder.descriptor.get(), name.string(), bytes))
        fail(folder.path / name, error);
    ::fchmodat(folder.descriptor.get(), name.c_str(), 0644, 0);
}

/// Under a hidden name, then renamed: a reader of the pack sees a whole entry or none.
void write_entry(const detail::CacheFolder& pack, const detail::Entry& entry) {
    const std::string hidden = "." + entry.meta.key;
    if (::mkdirat(pack.descriptor.get(), hidden.c_str(), 0755) != 0 && errno != EEXIST)
        fail(pack.path / hidden, errno);
    ::fchmodat(pack.descriptor.get(), hidden.c_str(), 0755, 0);
    write_into(pack, fs::path(hidden) / "source.cpp", entry.source);
    write_into(pack, fs::path(hidden) / "kernel.so", entry.object);
    write_into(pack, fs::path(hidden) / "meta.json", to_json(entry.meta));
    std::error_code failed;
    fs::remove_all(pack.path / entry.meta.key, failed);
    fs::rename(pack.path / hidden, pack.path / entry.meta.key, failed);
    if (failed) fail(pack.path / entry.meta.key, failed.value());
}

}  // namespace

Expected<detail::PackFolder, std::string> detail::PackFolder::open(const fs::path& folder) {
    auto root = open_pack_folder(folder);
    if (!root) return Unexpected{root.error()};
    const auto text = read_file(root->descriptor.get(), index_name, std::size_t{64} << 20U);
    if (!text) return Unexpected{folder.string() + ": is no pack: " + text.error().message};
    auto entries = entries_from_json(*text);
    if (!entries)
        return Unexpected{(folder / index_name).string() + ": is not the index of a pack"};
    return PackFolder(std::move(*root), std::move(*entries));
}

std::vector<std::string> detail::PackFolder::matching(const std::string& source_key,
                                                      const InstructionSet& present,
                                                      bool exactly) const {
    std::vector<const PackEntry*> found;
    for (const PackEntry& entry : entries_)
        if (entry.source_key == source_key &&
            (exactly ? entry.instruction_set == present : runs_on(entry.instruction_set, present)))
            found.push_back(&entry);
    std::stable_sort(found.begin(), found.end(), [](const PackEntry* a, const PackEntry* b) {
        // What b needs, a has too: a uses more of the machine.
        return a->instruction_set != b->instruction_set &&
               runs_on(b->instruction_set, a->instruction_set);
    });
    std::vector<std::string> keys;
    for (const PackEntry* entry : found) keys.push_back(entry->key);
    return keys;
}

std::vector<PackEntry> list_pack(const fs::path& folder) {
    const auto pack = detail::PackFolder::open(folder);
    if (!pack) throw InputError(pack.error());
    return pack->entries();
}

std::size_t export_pack(const KernelCache& cache, const std::vector<std::string>& keys,
                        const fs::path& folder) {
    const auto source = detail::open_cache_folder(cache.folder());
    if (!source) throw BackendError(source.error());
    create_for_all(folder);
    const auto pack = detail::open_pack_folder(folder);
    if (!pack) throw BackendError(pack.error());
    ::flock(pack->descriptor.get(), LOCK_EX);  // one writer at a time, for the index
    std::vector<PackEntry> entries;
    if (const auto old = detail::PackFolder::open(folder)) entries = old->entries();
    const auto kernels = detail::open_folder(source->descriptor.get(), "kernels");
    if (!kernels) throw BackendError(cache.folder().string() + "/" + kernels.error().message);
    for (const std::string& key : keys) {
        const auto entry = detail::read_entry(kernels->get(), key);
        if (!entry) throw InputError("no kernel to pack: " + entry.error().message);
        write_entry(*pack, *entry);
        std::erase_if(entries, [&](const PackEntry& other) { return other.key == key; });
        entries.push_back(
            {key, entry->meta.source_key, entry->meta.name, entry->meta.instruction_set});
    }
    if (const int error =
            detail::replace_file(pack->descriptor.get(), index_name, to_json(entries)))
        fail(folder / index_name, error);
    ::fchmodat(pack->descriptor.get(), index_name, 0644, 0);
    return keys.size();
}

}  // namespace asp::jit
