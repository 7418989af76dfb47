#pragma once

#include <filesystem>

namespace asp_program {

/// A folder of our own, below the machine's folder for such things, that goes when this does.
/// Throws BackendError when none can be made.
class PrivateFolder {
public:
    PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder();

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace asp_program
