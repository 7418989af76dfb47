#include "krylov/cuda/kernel_source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/jit/nvrtc.hpp"
#include "asp/specialize/nvcc.hpp"

using krylov::cuda::KernelKind;
using krylov::cuda::KernelSpecification;
using krylov::cuda::source_of;

namespace {

std::vector<KernelSpecification> kernels() {
    std::vector<KernelSpecification> all;
    for (const bool is_single : {false, true})
        for (const bool is_complex : {false, true}) {
            for (const int block : {1, 2, 3})
                for (const KernelKind kind : {KernelKind::one_level, KernelKind::all_levels})
                    all.push_back({kind, is_single, is_complex, block});
            all.push_back({KernelKind::all_tiles, is_single, is_complex});
        }
    return all;
}

}  // namespace

TEST_CASE("the kernels compile with nvcc without a warning") {
    const auto nvcc = asp::testing::find_nvcc();
    if (!nvcc) {
        WARN("skipped: no nvcc in CUDA_HOME, /usr/local/cuda or /usr");
        return;
    }
    // One translation unit with all kernels: nvcc takes a second for each.
    const asp::testing::ScratchFolder folder;
    std::string text;
    for (const auto& kernel : kernels()) {
        const asp::jit::Source source = source_of(kernel);
        for (const asp::jit::Header& header : source.headers) {
            const std::filesystem::path path = folder.path() / std::string(header.path);
            std::filesystem::create_directories(path.parent_path());
            std::ofstream(path) << header.text;
        }
        const std::string number = std::to_string(text.size());
        std::string own = source.text;
        own.replace(own.find("powers(const"), 6, "powers" + number);
        text += "#include \"krylov/kernels/cuda/powers.hpp\"\nnamespace n" + number + " {\n" +
                own.substr(own.find('\n') + 1) + "}\n";
    }
    folder.write("kernel.cu", text);
    const std::string in = folder.path().string();
    const std::string command = nvcc->string() + " -std=c++17 -ptx -arch=sm_80 -I" + in + " " + in +
                                "/kernel.cu -o " + in + "/kernel.ptx > " + in + "/log 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream said(in + "/log");
    CHECK(std::string{std::istreambuf_iterator<char>(said), {}} == "");
    CHECK(status == 0);
}

TEST_CASE("the kernels compile with NVRTC without a warning") {
    if (const auto found = asp::jit::find_nvrtc(); !found) {
        WARN("skipped: " << found.error().message);
        return;
    }
    for (const auto& kernel : kernels()) {
        const auto image = asp::jit::compile_cuda(source_of(kernel), {.architecture = 90});
        INFO(source_of(kernel).name);
        if (!image) FAIL(image.error().log);
        CHECK(image->log == "");
        CHECK(image->bytes.find("powers") != std::string::npos);
    }
}

TEST_CASE("a kernel's text names its matrix") {
    const std::string text = source_of({KernelKind::all_levels, true, true, 3}).text;
    CHECK(text.find("SlicedBlocks<float, 2, 3, 3>") != std::string::npos);
    CHECK(text.find("unsigned* counter") != std::string::npos);
}
