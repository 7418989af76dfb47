#include "asp/jit/detail/private_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>

namespace asp::jit::detail {

namespace fs = std::filesystem;

Expected<PrivateFolder, std::string> PrivateFolder::create_in(const fs::path& parent) {
    std::string name = (parent / "asp-XXXXXX").string();
    const auto failed = [&](int error) {
        return Unexpected{parent.string() + ": cannot create a folder: " + error_text(error)};
    };
    if (::mkdtemp(name.data()) == nullptr) return failed(errno);
    Descriptor descriptor(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const int error = errno;
    struct stat status {};
    if (!descriptor || ::fstat(descriptor.get(), &status) != 0 || status.st_uid != ::geteuid() ||
        (status.st_mode & 0077U) != 0) {
        ::rmdir(name.c_str());
        return failed(descriptor ? EPERM : error);
    }
    // Not every network file system can lock a folder; is_abandoned() then goes by age.
    static_cast<void>(::flock(descriptor.get(), LOCK_EX | LOCK_NB));
    return PrivateFolder(name, std::move(descriptor));
}

Expected<PrivateFolder, std::string> PrivateFolder::create_temporary() {
    std::string reasons;
    const char* chosen = std::getenv("TMPDIR");
    for (const char* candidate : {chosen, "/tmp", "/var/tmp"}) {
        if (candidate == nullptr || *candidate == '\0') continue;
        std::error_code failed;
        const fs::path parent = fs::canonical(candidate, failed);
        if (!reasons.empty()) reasons += "; ";
        if (failed) {
            reasons += std::string(candidate) + ": " + failed.message();
        } else if (const auto reason = why_unsafe(parent, Ownership::shared)) {
            reasons += *reason;
        } else if (auto folder = create_in(parent)) {
            return folder;
        } else {
            reasons += folder.error();
        }
    }
    return Unexpected{"no temporary folder: " + reasons};
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

bool is_abandoned(int parent, const std::string& name) {
    const Descriptor folder(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!folder || ::fstat(folder.get(), &status) != 0) return false;
    const auto age = std::time(nullptr) - status.st_mtime;
    if (age > 24 * 3600) return true;
    // A minute, because a new folder is not locked at once.
    return age > 60 && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace asp::jit::detail
