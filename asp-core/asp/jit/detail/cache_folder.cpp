#include "asp/jit/detail/cache_folder.hpp"

#include <fcntl.h>
#include <pwd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace asp::jit::detail {

namespace fs = std::filesystem;

namespace {

Expected<CacheFolder, std::string> open_safe(const fs::path& folder, Ownership ownership) {
    std::error_code failed;
    const fs::path path = fs::canonical(folder, failed);
    if (failed) return Unexpected{folder.string() + ": " + failed.message()};
    if (const auto reason = why_unsafe(path, ownership)) return Unexpected{*reason};
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!descriptor) return Unexpected{path.string() + ": " + error_text(errno)};
    return CacheFolder{path, std::move(descriptor)};
}

const char* set_variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

fs::path home_folder() {
    if (const char* home = set_variable("HOME")) return home;
    std::vector<char> buffer(16384);
    passwd entry{}, *found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return found->pw_dir;
    return {};
}

}  // namespace

Expected<CacheFolder, std::string> open_cache_folder(const fs::path& folder) {
    if (folder.empty())
        return Unexpected{std::string("there is no home folder; set ASP_CACHE_DIR")};
    if (!folder.is_absolute())
        return Unexpected{folder.string() + ": expected an absolute path; see ASP_CACHE_DIR"};
    if (const int error = create_folders(folder))
        return Unexpected{folder.string() + ": cannot create the folder: " + error_text(error)};
    return open_safe(folder, Ownership::ours);
}

Expected<CacheFolder, std::string> open_pack_folder(const fs::path& folder) {
    return open_safe(folder, Ownership::ours_or_roots);
}

fs::path default_cache_folder() {
    if (const char* chosen = set_variable("ASP_CACHE_DIR")) return chosen;
    if (const char* caches = set_variable("XDG_CACHE_HOME")) return fs::path(caches) / "asp";
    const fs::path home = home_folder();
    return home.empty() ? fs::path() : home / ".cache" / "asp";
}

}  // namespace asp::jit::detail
