#include "gmm/cuda/kernel_source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/base/testing.hpp"
#include "asp/jit/nvrtc.hpp"
#include "asp/specialize/nvcc.hpp"
#include "gmm/kernels/cuda/many.hpp"

using namespace gmm;
using namespace gmm::cuda;

namespace {

std::vector<KernelSpecification> kernels() {
    std::vector<KernelSpecification> all{{.kind = KernelKind::add_records}};
    for (const Form form : {Form::squares, Form::norm, Form::products})
        all.push_back({.shape = {.form = form, .by_cores = true}});
    for (const bool is_single : {true, false}) {
        for (const Form form :
             {Form::squares, Form::norm, Form::products, Form::whitened, Form::centred})
            all.push_back({.shape = {.form = form, .is_single = is_single, .together = 2}});
        all.push_back({.shape = {.is_single = is_single,
                                 .tile = 32,
                                 .keeps_frames = false,
                                 .keeps_scores = false,
                                 .keeps_sums = false},
                       .dimension = 39});
        all.push_back({.kind = KernelKind::many, .shape = many_shape(is_single), .dimension = 19});
    }
    return all;
}

}  // namespace

TEST_CASE("the kernels of EM compile with nvcc without a warning") {
    const auto nvcc = asp::testing::find_nvcc();
    if (!nvcc) {
        WARN("skipped: no nvcc in CUDA_HOME, /usr/local/cuda or /usr");
        return;
    }
    // One translation unit with all kernels: nvcc takes a second for each.
    const asp::testing::ScratchFolder folder;
    std::string text = "#include \"gmm/kernels/cuda/many.hpp\"\n";
    for (const auto& kernel : kernels()) {
        const asp::jit::Source source = source_of(kernel);
        for (const asp::jit::Header& header : source.headers) {
            const std::filesystem::path path = folder.path() / std::string(header.path);
            std::filesystem::create_directories(path.parent_path());
            std::ofstream(path) << header.text;
        }
        const std::string number = std::to_string(text.size());
        std::string own = source.text;
        own.replace(own.find("gmm_kernel("), 10, "gmm_kernel" + number);
        text += "namespace n" + number + " {\n" + own.substr(own.find('\n') + 1) + "}\n";
    }
    folder.write("kernel.cu", text);
    const std::string in = folder.path().string();
    const std::string command = nvcc->string() + " -std=c++20 -ptx -arch=sm_80 -I" + in + " " + in +
                                "/kernel.cu -o " + in + "/kernel.ptx > " + in + "/log 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream said(in + "/log");
    CHECK(std::string{std::istreambuf_iterator<char>(said), {}} == "");
    CHECK(status == 0);
}

TEST_CASE("the kernels of EM compile with NVRTC for each architecture without a warning") {
    if (const auto found = asp::jit::find_nvrtc(); !found) {
        WARN("skipped: " << found.error().message);
        return;
    }
    const int architecture = GENERATE(80, 90);
    for (const auto& kernel : kernels()) {
        const auto image =
            asp::jit::compile_cuda(source_of(kernel), {.architecture = architecture});
        INFO(source_of(kernel).name);
        if (!image) FAIL(image.error().log);
        CHECK(image->log == "");
        CHECK(image->bytes.find("gmm_kernel") != std::string::npos);
    }
}

TEST_CASE("a kernel's text names what it is made for") {
    const std::string text =
        source_of(
            {.shape = {.form = Form::whitened, .is_single = false, .tile = 32}, .dimension = 13})
            .text;
    CHECK(text.find("using Real = double;") != std::string::npos);
    CHECK(text.find("shape{gmm::Form::whitened, false, 32, true, true, true, 1, false}") !=
          std::string::npos);
    CHECK(text.find("int dimension = 13;") != std::string::npos);
    CHECK(text.find("__launch_bounds__(128)") != std::string::npos);
}
