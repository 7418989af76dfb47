#include "asp/jit/nvrtc.hpp"

#include "asp/jit/detail/testing.hpp"

using asp::jit::compile_cuda;
using asp::jit::CompileFailure;
using asp::jit::CudaFormat;
using asp::jit::CudaOptions;
using asp::jit::find_nvrtc;
using asp::jit::Source;

namespace {

bool has_nvrtc() {
    if (find_nvrtc()) return true;
    WARN("skipped: " << find_nvrtc().error().message);
    return false;
}

const Source scaling{.text =
                         "#include \"factor.hpp\"\n"
                         "extern \"C\" __global__ void scale(double* x, int n) {\n"
                         "    const int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                         "    if (i < n) x[i] *= factor;\n}\n",
                     .headers = {{"factor.hpp", "constexpr double factor = 3.0;\n"}}};

}  // namespace

TEST_CASE("a program that cannot compile for CUDA says what to do about it") {
    const auto found = find_nvrtc();
    if (found) return;
    CHECK(found.error().reason == CompileFailure::Reason::no_compiler);
    CHECK((found.error().message == "built without CUDA: configure with --preset cuda" ||
           found.error().message.starts_with("NVRTC is not installed: install the CUDA toolkit")));
    CHECK(compile_cuda(scaling).error().message == found.error().message);
}

TEST_CASE("a CUDA kernel compiles to machine code of an architecture, without a device") {
    if (!has_nvrtc()) return;
    for (const int architecture : {80, 90}) {
        const auto image = compile_cuda(scaling, {.architecture = architecture});
        if (!image) FAIL(image.error().message);
        CHECK(image->bytes.substr(1, 3) == "ELF");
        CHECK(image->bytes.find("scale") != std::string::npos);
    }
}

TEST_CASE("a CUDA kernel compiles to PTX, which is text") {
    if (!has_nvrtc()) return;
    const auto image = compile_cuda(scaling, {.format = CudaFormat::ptx});
    if (!image) FAIL(image.error().message);
    CHECK(image->bytes.find(".visible .entry scale(") != std::string::npos);
    CHECK(image->bytes.find(".target sm_80") != std::string::npos);
}

TEST_CASE("a CUDA kernel may use what every kernel template includes") {
    if (!has_nvrtc()) return;
    Source source{.text =
                      "#include \"asp/kernel/prelude.hpp\"\n"
                      "extern \"C\" __global__ void roots(double* x) {\n"
                      "    x[threadIdx.x] = asp::sqrt(asp::max(x[threadIdx.x], 0.0));\n}\n"};
    for (const auto& header : asp::jit::kernel_headers()) source.headers.push_back(header);
    const auto image = compile_cuda(source);
    if (!image) FAIL(image.error().log);
    CHECK(image->bytes.substr(1, 3) == "ELF");
}

TEST_CASE("a CUDA kernel that does not compile tells where") {
    if (!has_nvrtc()) return;
    const auto failure = compile_cuda({.text = "int x = y;\n"}).error();
    CHECK(failure.reason == CompileFailure::Reason::error);
    CHECK(failure.message.find("source.cu(1): error:") != std::string::npos);
    CHECK(failure.log.find("undefined") != std::string::npos);
}

TEST_CASE("an architecture that there is not is refused by name") {
    if (!has_nvrtc()) return;
    const auto image = compile_cuda(scaling, {.architecture = 7});
    REQUIRE_FALSE(image);
    CHECK(image.error().message.starts_with("NVRTC: "));
}
