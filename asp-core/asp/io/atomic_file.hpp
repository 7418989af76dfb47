#pragma once

#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "asp/base/unique_handle.hpp"

namespace asp::io {

/// A file that appears complete or not at all: it is written under a hidden name in the folder of
/// its target and renamed over it by `commit`. Without a commit the old target stays as it was.
/// Throws BackendError with the path and the cause.
class AtomicFile {
public:
    /// Creates the temporary. A target that is a link is followed.
    explicit AtomicFile(const std::filesystem::path& target);
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile();  ///< removes the temporary if it was not committed

    const std::filesystem::path& target() const noexcept { return target_; }
    /// The name to give to a library that writes by path.
    const std::filesystem::path& temporary() const noexcept { return temporary_; }

    /// Appends to the temporary.
    void write(std::string_view bytes);
    /// Brings the content to the disk, then publishes it under the target's name.
    void commit();

private:
    std::filesystem::path target_;
    std::filesystem::path temporary_;
    UniqueHandle<int, ::close, -1> descriptor_;
    bool committed_ = false;
};

/// Replaces the content of `target` in one step. A device or pipe (/dev/stdout) is written to as
/// it is. Throws BackendError.
void write_text_atomically(const std::filesystem::path& target, std::string_view text);

/// Creates `folder` and its parents, and proves by writing a byte that it takes files; otherwise
/// throws BackendError. For programs that must not find out after an hour of computing.
void require_writable_folder(const std::filesystem::path& folder);

}  // namespace asp::io
