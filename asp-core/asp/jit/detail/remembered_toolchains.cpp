#include "asp/jit/detail/remembered_toolchains.hpp"

#include <sys/stat.h>

#include <ctime>

#include "asp/jit/detail/cache_folder.hpp"
#include "asp/jit/detail/inspect.hpp"
#include "asp/jit/detail/processor.hpp"
#include "asp/jit/detail/sha256.hpp"

namespace asp::jit::detail {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* file_name = "toolchains.json";
constexpr int format = 1;
constexpr std::time_t failure_lifetime = 3600;  // [s]

/// Of the compiler's file, and of the processor that it was asked about. The libraries it is made
/// of change with it: packages replace them together.
std::string stamp_of(const fs::path& compiler) {
    struct stat status {};
    if (::stat(compiler.c_str(), &status) != 0) return {};
    std::string stamp = compiler.string();
    for (const auto number :
         {static_cast<long>(status.st_dev), static_cast<long>(status.st_ino),
          static_cast<long>(status.st_size), static_cast<long>(status.st_mtim.tv_sec),
          static_cast<long>(status.st_mtim.tv_nsec)})
        stamp.append("|").append(std::to_string(number));
    for (const char* line : {"vendor_id", "cpu family", "model"})
        stamp.append("|").append(processor_line(line));
    stamp.append("|").append(sha256(processor_line("flags")), 0, 16);
    return stamp;
}

json read_known(const fs::path& folder) {
    const auto opened = open_cache_folder(folder);
    if (!opened) return json::object();
    const auto text = read_file(opened->descriptor.get(), file_name, std::size_t{1} << 20U);
    if (!text) return json::object();
    json known = json::parse(*text, nullptr, false);
    const bool good = known.is_object() && known.value("format", json()) == json(format) &&
                      known.value("found", json()).is_object();
    return good ? known["found"] : json::object();
}

}  // namespace

RememberedToolchains::RememberedToolchains(const fs::path& folder, bool read)
    : folder_(folder.empty() ? default_cache_folder() : folder), known_(json::object()) {
    if (read) known_ = read_known(folder_);
}

std::optional<RememberedToolchains::Finding> RememberedToolchains::find(
    const fs::path& compiler) const {
    const auto entry = known_.find(stamp_of(compiler));
    if (entry == known_.end()) return std::nullopt;
    try {
        if (entry->contains("problem")) {
            if (std::time(nullptr) - entry->at("when").get<std::time_t>() > failure_lifetime)
                return std::nullopt;
            return Finding(Unexpected{entry->at("problem").get<std::string>()});
        }
        Toolchain toolchain{
            .kind = entry->at("kind") == "clang" ? ToolchainKind::clang : ToolchainKind::gcc,
            .compiler = compiler,
            .version = entry->at("version"),
            .machine = entry->at("machine"),
            .tune = entry->at("tune"),
            .identity = {}};
        toolchain.identity = identity_of(toolchain);
        return Finding(std::move(toolchain));
    } catch (const json::exception&) {
        return std::nullopt;  // written by a program unlike ours: ask the compiler again
    }
}

void RememberedToolchains::add(const fs::path& compiler, const Finding& finding) {
    const std::string stamp = stamp_of(compiler);
    if (finding) {
        known_[stamp] = {{"kind", name_of(finding->kind)},
                         {"version", finding->version},
                         {"machine", finding->machine},
                         {"tune", finding->tune}};
    } else if (finding.error().find("time limit") != std::string::npos) {
        known_[stamp] = {{"problem", finding.error()}, {"when", std::time(nullptr)}};
    } else {
        return;
    }
    // Where it cannot be kept, the next process asks again: KernelCache tells the person why.
    const auto opened = open_cache_folder(folder_);
    if (!opened) return;
    json all = read_known(folder_);
    all.update(known_);
    // Compilers come and go: a list this long is mostly of those that went.
    if (all.size() > 64) all = known_;
    static_cast<void>(replace_file(opened->descriptor.get(), file_name,
                                   json{{"format", format}, {"found", all}}.dump(1)));
}

}  // namespace asp::jit::detail
