#pragma once
// For *.test.cpp only.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace asp::config::testing {

/// A file x.yaml in a folder of its own, gone at the end of the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) {
        std::string name = (std::filesystem::temp_directory_path() / "asp-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
        std::ofstream(path()) << text;
    }
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    std::filesystem::path path() const { return folder_ / "x.yaml"; }

    /// "/tmp/asp-1/x.yaml:3: a" becomes "x.yaml:3: a".
    std::vector<std::string> without_folder(std::vector<std::string> lines) const {
        const std::string prefix = folder_.string() + '/';
        for (std::string& line : lines)
            for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix))
                line.erase(at, prefix.size());
        return lines;
    }

private:
    std::filesystem::path folder_;
};

}  // namespace asp::config::testing
