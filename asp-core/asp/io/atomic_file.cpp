#include "asp/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

#include "asp/base/error.hpp"

namespace asp::io {

namespace fs = std::filesystem;

namespace {

using Descriptor = UniqueHandle<int, ::close, -1>;

[[noreturn]] void fail(const fs::path& path, const std::string& what,
                       const std::error_code& cause) {
    throw BackendError(path.string() + ": " + what + ": " + cause.message());
}

[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& what) {
    fail(path, what, {errno, std::generic_category()});
}

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

fs::path follow_link(const fs::path& path) {
    std::error_code ignored;
    const fs::path real = fs::is_symlink(path, ignored) ? fs::canonical(path, ignored) : path;
    return real.empty() ? path : real;  // a link to nowhere is replaced like a file
}

// Renaming over a device would replace it: as administrator, /dev/null would become a file.
void require_replaceable(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status))
        throw BackendError(path.string() + ": cannot write the file: it is a folder");
    if (fs::exists(status) && !fs::is_regular_file(status))
        throw BackendError(path.string() + ": cannot replace: it is not a regular file");
}

fs::path hidden_name(const fs::path& target, unsigned number) {
    return folder_of(target) /
           fmt::format(".{}.{}.{}.tmp", target.filename().string(), ::getpid(), number);
}

/// Opens a file that nobody else has, or returns -1 with `errno` set; `path` is its name.
/// The process number alone is not unique: containers that share a folder all count from 1.
int create_hidden(const fs::path& target, fs::path& path) {
    static std::atomic<unsigned> next{0};
    int descriptor = -1;
    do {
        path = hidden_name(target, next++);
        descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor < 0 && (errno == EEXIST || errno == EINTR));
    return descriptor;
}

/// False with `errno` set when not all could be written.
bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

void write_directly(const fs::path& device, std::string_view text) {
    const Descriptor descriptor(::open(device.c_str(), O_WRONLY | O_CLOEXEC));
    if (descriptor.get() < 0) fail_with_errno(device, "cannot open for writing");
    if (!write_all(descriptor.get(), text)) fail_with_errno(device, "cannot write");
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& target)
    : target_(follow_link(target)), descriptor_([this] {
          require_replaceable(target_);
          return create_hidden(target_, temporary_);
      }()) {
    if (descriptor_.get() >= 0) return;
    if (errno == ENOENT)
        throw BackendError(target_.string() + ": cannot create the file: there is no folder " +
                           folder_of(target_).string());
    fail_with_errno(target_, "cannot create the file");
}

AtomicFile::~AtomicFile() {
    if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
    if (!write_all(descriptor_.get(), bytes)) fail_with_errno(target_, "cannot write");
}

void AtomicFile::commit() {
    // Without the sync, a power cut can leave the new name on an empty file.
    if (::fsync(descriptor_.get()) != 0) fail_with_errno(target_, "cannot write");
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
        fail_with_errno(target_, "cannot put the complete file in place");
    committed_ = true;
}

void write_text_atomically(const fs::path& target, std::string_view text) {
    std::error_code ignored;
    const fs::file_status status = fs::status(target, ignored);
    if (fs::is_character_file(status) || fs::is_fifo(status)) return write_directly(target, text);
    AtomicFile file(target);
    file.write(text);
    file.commit();
}

void require_writable_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) fail(folder, "cannot create the folder", failed);
    fs::path probe;
    const Descriptor descriptor(create_hidden(folder / "writable", probe));
    if (descriptor.get() < 0) fail_with_errno(folder, "cannot write into the folder");
    const bool written = write_all(descriptor.get(), " ");
    const int cause = errno;
    ::unlink(probe.c_str());
    if (!written) fail(folder, "cannot write into the folder", {cause, std::generic_category()});
}

}  // namespace asp::io
