#include "asp/jit/detail/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>

namespace asp::jit::detail {

namespace fs = std::filesystem;

namespace {

using Kind = ReadProblem::Kind;

Unexpected<ReadProblem> problem(int error, const std::string& name) {
    // ELOOP and ENOTDIR: a link, or a file where a folder should be.
    const Kind kind = error == ENOENT                      ? Kind::missing
                      : error == ELOOP || error == ENOTDIR ? Kind::damaged
                                                           : Kind::io;
    return Unexpected{ReadProblem{kind, name + ": " + error_text(error)}};
}

bool owned_by(uid_t owner, Ownership ownership) {
    return owner == ::geteuid() || (ownership != Ownership::ours && owner == 0);
}

bool others_write(mode_t mode) {
    return (mode & (S_IWGRP | S_IWOTH)) != 0;
}

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
    return text;
}

std::optional<std::string> why_unsafe_itself(const fs::path& folder, Ownership ownership) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) return folder.string() + ": " + error_text(errno);
    if (!S_ISDIR(status.st_mode)) return folder.string() + ": is no folder";
    if (!owned_by(status.st_uid, ownership))
        return folder.string() + ": belongs to user " + std::to_string(status.st_uid) +
               ", who could put code into it; use a folder of your own";
    const bool only_owner_renames =
        ownership == Ownership::shared && (status.st_mode & S_ISVTX) != 0;
    if (others_write(status.st_mode) && !only_owner_renames)
        return folder.string() + ": others can write to it (mode " + octal(status.st_mode) +
               "); mend with: chmod go-w " + folder.string();
    return std::nullopt;
}

}  // namespace

std::string error_text(int error) {
    return std::generic_category().message(error);
}

Expected<Descriptor, ReadProblem> open_folder(int parent, const std::string& name) {
    Descriptor folder(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return problem(errno, name);
    struct stat status {};
    if (::fstat(folder.get(), &status) != 0) return problem(errno, name);
    if (!owned_by(status.st_uid, Ownership::ours_or_roots) || others_write(status.st_mode))
        return Unexpected{ReadProblem{Kind::damaged, name + ": others can write to it"}};
    return folder;
}

Expected<std::string, ReadProblem> read_file(int folder, const std::string& name,
                                             std::size_t limit) {
    // Not blocking: a pipe planted under the name must not hold us up.
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file) return problem(errno, name);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return problem(errno, name);
    if (!S_ISREG(status.st_mode) || !owned_by(status.st_uid, Ownership::ours_or_roots) ||
        others_write(status.st_mode) || static_cast<std::size_t>(status.st_size) > limit)
        return Unexpected{ReadProblem{Kind::damaged, name + ": not a file as we write them"}};
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t count = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return problem(errno, name);
        if (count == 0) break;  // somebody cut it: the checksum will tell
        filled += static_cast<std::size_t>(count);
    }
    bytes.resize(filled);
    return bytes;
}

int write_file(int folder, const std::string& name, std::string_view bytes) {
    Descriptor file(::openat(folder, name.c_str(),
                             O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return errno;
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return errno;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    // Quotas and network file systems complain here. No fsync: what a power cut leaves damaged, the
    // checksum finds.
    return ::close(file.release()) == 0 ? 0 : errno;
}

int replace_file(int folder, const std::string& name, std::string_view bytes) {
    static std::atomic<unsigned> count{0};
    const std::string temporary = "." + name + "." + std::to_string(::getpid()) + "." +
                                  std::to_string(std::random_device{}()) + "." +
                                  std::to_string(count++);
    int error = write_file(folder, temporary, bytes);
    if (error == 0 && ::renameat(folder, temporary.c_str(), folder, name.c_str()) != 0)
        error = errno;
    if (error != 0) ::unlinkat(folder, temporary.c_str(), 0);
    return error;
}

int create_folders(const fs::path& folder) {
    fs::path path;
    for (const fs::path& part : folder) {
        path /= part;
        if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) continue;
        const int error = errno;
        struct stat status {};
        // A read-only disk says so before it says that the folder is there.
        if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return error;
    }
    return 0;
}

std::optional<std::string> why_unsafe(const fs::path& folder, Ownership ownership) {
    fs::path path;
    for (const fs::path& part : folder.parent_path()) {
        path /= part;
        if (auto reason = why_unsafe_itself(path, Ownership::shared)) return reason;
    }
    return why_unsafe_itself(folder, ownership);
}

}  // namespace asp::jit::detail
