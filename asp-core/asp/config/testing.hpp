#pragma once
// For *.test.cpp only.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "asp/base/scratch_folder.hpp"

namespace asp::config::testing {

/// A file x.yaml in a folder of its own, gone at the end of the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) { std::ofstream(path()) << text; }

    std::filesystem::path path() const { return folder_ / "x.yaml"; }

    /// "/tmp/asp-1/x.yaml:3: a" becomes "x.yaml:3: a".
    std::vector<std::string> without_folder(std::vector<std::string> lines) const {
        const std::string prefix = folder_.path().string() + '/';
        for (std::string& line : lines)
            for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix))
                line.erase(at, prefix.size());
        return lines;
    }

private:
    asp::testing::ScratchFolder folder_;
};

}  // namespace asp::config::testing
