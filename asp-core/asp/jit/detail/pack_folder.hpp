#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/cache_folder.hpp"
#include "asp/jit/pack.hpp"

namespace asp::jit::detail {

/// A pack, open and found safe: index.json and a folder per entry.
class PackFolder {
public:
    static Expected<PackFolder, std::string> open(const std::filesystem::path& folder);

    const std::filesystem::path& path() const noexcept { return root_.path; }
    int descriptor() const noexcept { return root_.descriptor.get(); }
    const std::vector<PackEntry>& entries() const noexcept { return entries_; }

    /// Keys of the entries for a source that run on `present`, the best first; or only those made
    /// for exactly that.
    std::vector<std::string> matching(const std::string& source_key, const InstructionSet& present,
                                      bool exactly) const;

private:
    PackFolder(CacheFolder root, std::vector<PackEntry> entries)
        : root_(std::move(root)), entries_(std::move(entries)) {}

    CacheFolder root_;
    std::vector<PackEntry> entries_;
};

}  // namespace asp::jit::detail
