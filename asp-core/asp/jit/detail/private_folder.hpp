#pragma once

#include <filesystem>
#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/file_system.hpp"

namespace asp::jit::detail {

/// A new folder (0700) with a name nobody could guess, removed at the end of its life with all that
/// is in it, unless it was kept. Locked while it lives, so that others can tell it from one that a
/// killed process left behind.
class PrivateFolder {
public:
    /// In `parent`, which exists and is safe. The error is one line.
    static Expected<PrivateFolder, std::string> create_in(const std::filesystem::path& parent);
    /// In $TMPDIR, else /tmp: the first of them where nobody else could rename it.
    static Expected<PrivateFolder, std::string> create_temporary();

    PrivateFolder(PrivateFolder&&) noexcept = default;
    ~PrivateFolder();

    const std::filesystem::path& path() const noexcept { return path_; }
    int descriptor() const noexcept { return descriptor_.get(); }
    /// It has been renamed, or is left for a person to look at.
    void keep() noexcept { path_.clear(); }

private:
    PrivateFolder(std::filesystem::path path, Descriptor descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::filesystem::path path_;
    Descriptor descriptor_;
};

/// Whether the folder `name` below `parent` is one that its process did not live to remove.
bool is_abandoned(int parent, const std::string& name);

}  // namespace asp::jit::detail
