#include "asp/db/location.hpp"

#include <pwd.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace asp::db {

namespace fs = std::filesystem;

namespace {

/// The folder that a variable names; a relative one would depend on where a program is started.
std::optional<fs::path> folder_from(const char* variable) {
    const char* value = std::getenv(variable);
    if (value == nullptr || !fs::path(value).is_absolute()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<fs::path> data_folder() {
    if (const char* own = std::getenv("ASP_DATA_DIR"); own != nullptr && *own != '\0')
        return fs::absolute(own);
    if (const auto shared = folder_from("XDG_DATA_HOME")) return *shared / "asp";
    if (const auto home = folder_from("HOME")) return *home / ".local/share/asp";
    const ::passwd* user = ::getpwuid(::getuid());
    if (user == nullptr || user->pw_dir == nullptr || *user->pw_dir == '\0') return std::nullopt;
    return fs::path(user->pw_dir) / ".local/share/asp";
}

bool is_network_file_system(const fs::path& folder) {
    // Magic numbers of statfs(2).
    constexpr std::array<unsigned, 8> shared{
        0x6969,      // NFS
        0x517b,      // SMB
        0xfe534d42,  // SMB2
        0xff534d42,  // CIFS
        0x5346414f,  // AFS
        0x0bd00bd0,  // Lustre
        0x00c36400,  // Ceph
        0x47504653,  // GPFS
    };
    struct ::statfs facts {};
    if (::statfs(folder.c_str(), &facts) != 0) return false;
    return std::find(shared.begin(), shared.end(), static_cast<unsigned>(facts.f_type)) !=
           shared.end();
}

}  // namespace asp::db
