#pragma once
// For *.test.cpp only.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "asp/base/scratch_folder.hpp"
#include "asp/specialize/specialization.hpp"

namespace asp::testing {

/// The CUDA compiler of this machine.
inline std::optional<std::filesystem::path> find_nvcc() {
    const char* const home = std::getenv("CUDA_HOME");
    for (const std::filesystem::path folder : {home ? home : "", "/usr/local/cuda", "/usr"})
        if (!folder.empty() && std::filesystem::exists(folder / "bin/nvcc"))
            return folder / "bin/nvcc";
    return {};
}

/// What nvcc says of a specialization for CUDA: nothing where it makes PTX of it without a warning.
inline std::string nvcc_complaints(const std::filesystem::path& nvcc, const Specialization& s) {
    const ScratchFolder folder;
    const jit::Source source = source_of(s);
    for (const jit::Header& header : source.headers) {
        const std::filesystem::path path = folder.path() / std::string(header.path);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << header.text;
    }
    folder.write("kernel.cu", source.text);
    const std::string in = folder.path().string(), log = (folder / "log").string();
    const std::string command = nvcc.string() + " -std=c++17 -ptx -arch=sm_80 -I" + in + " " + in +
                                "/kernel.cu -o " + in + "/kernel.ptx > " + log + " 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream said(log);
    const std::string text{std::istreambuf_iterator<char>(said), {}};
    return status == 0 ? text : "nvcc failed:\n" + text;
}

}  // namespace asp::testing
