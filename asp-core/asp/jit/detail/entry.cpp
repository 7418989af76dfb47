#include "asp/jit/detail/entry.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "asp/jit/detail/driver.hpp"
#include "asp/jit/detail/sha256.hpp"

namespace asp::jit::detail {

using nlohmann::json;
using Reason = CompileFailure::Reason;

namespace {

constexpr int format = 1;
constexpr std::size_t text_limit = std::size_t{64} << 20U;

struct NamedReason {
    Reason reason;
    const char* name;
};
/// Those that are remembered.
constexpr std::array<NamedReason, 3> reasons{{
    {Reason::error, "error"},
    {Reason::timeout, "timeout"},
    {Reason::crash, "crash"},
}};

/// A name from a source is any bytes; JSON is UTF-8.
std::string dump(const json& value) {
    return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Unexpected<ReadProblem> damaged(const std::string& key, const std::string& what) {
    return Unexpected{ReadProblem{ReadProblem::Kind::damaged, key + ": " + what}};
}

}  // namespace

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string to_json(const EntryMeta& meta) {
    return dump({{"format", format},
                 {"key", meta.key},
                 {"source_key", meta.source_key},
                 {"name", meta.name},
                 {"object_sha256", meta.object_sha256},
                 {"compiler", meta.compiler},
                 {"version", meta.version},
                 {"flags", meta.flags},
                 {"target", meta.instruction_set.target},
                 {"level", meta.instruction_set.level},
                 {"features", meta.instruction_set.features},
                 {"libc", meta.libc},
                 {"created", meta.created},
                 {"compile_seconds", meta.compile_seconds}});
}

std::optional<EntryMeta> meta_from_json(std::string_view text) {
    const json value = json::parse(text, nullptr, false);
    try {
        if (value.at("format") != json(format)) return std::nullopt;
        return EntryMeta{
            .key = value.at("key"),
            .source_key = value.at("source_key"),
            .name = value.at("name"),
            .object_sha256 = value.at("object_sha256"),
            .compiler = value.at("compiler"),
            .version = value.at("version"),
            .flags = value.at("flags"),
            .instruction_set = {value.at("target"), value.at("level"), value.at("features")},
            .libc = value.at("libc"),
            .created = value.at("created"),
            .compile_seconds = value.at("compile_seconds")};
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

Expected<Entry, ReadProblem> read_entry(int parent, const std::string& key) {
    const auto folder = open_folder(parent, key);
    if (!folder) return Unexpected{folder.error()};
    const auto inside = [&](const char* name, std::size_t limit) {
        auto bytes = read_file(folder->get(), name, limit);
        // The folder is there: what is missing in it was lost.
        if (!bytes && bytes.error().kind == ReadProblem::Kind::missing)
            bytes.error().kind = ReadProblem::Kind::damaged;
        return bytes;
    };
    const auto text = inside("meta.json", text_limit);
    if (!text) return Unexpected{text.error()};
    auto meta = meta_from_json(*text);
    if (!meta) return damaged(key, "meta.json is not readable");
    if (meta->key != key) return damaged(key, "holds another kernel");
    auto object = inside("kernel.so", object_limit);
    if (!object) return Unexpected{object.error()};
    if (sha256(*object) != meta->object_sha256)
        return damaged(key, "kernel.so does not match its checksum");
    auto source = inside("source.cpp", text_limit);
    if (!source) return Unexpected{source.error()};
    return Entry{std::move(*meta), std::move(*object), std::move(*source)};
}

std::optional<EntryMeta> read_meta(int parent, const std::string& key) {
    const auto folder = open_folder(parent, key);
    if (!folder) return std::nullopt;
    const auto text = read_file(folder->get(), "meta.json", text_limit);
    return text ? meta_from_json(*text) : std::nullopt;
}

std::string failure_to_json(const CompileFailure& failure) {
    json value{{"format", format}, {"message", failure.message}, {"created", utc_now()}};
    for (const NamedReason& named : reasons)
        if (named.reason == failure.reason) value["reason"] = named.name;
    return dump(value);
}

std::optional<CompileFailure> failure_from_json(std::string_view text) {
    const json value = json::parse(text, nullptr, false);
    try {
        if (value.at("format") != json(format)) return std::nullopt;
        CompileFailure failure{Reason::remembered, {}};
        failure.message = "failed on " + value.at("created").get<std::string>() +
                          " and was not tried again: " + value.at("message").get<std::string>();
        return failure;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace asp::jit::detail
