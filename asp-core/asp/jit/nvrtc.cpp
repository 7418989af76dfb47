#include "asp/jit/nvrtc.hpp"

#include <dlfcn.h>
#include <nvrtc.h>

#include <array>

#include "asp/jit/detail/driver.hpp"
#include "asp/jit/detail/sha256.hpp"

namespace asp::jit {

using Reason = CompileFailure::Reason;

namespace {

/// The library, loaded when it is first asked for: programs start without it, and run without it on
/// machines that have no CUDA.
struct Library {
    decltype(&::nvrtcVersion) version = nullptr;
    decltype(&::nvrtcCreateProgram) create = nullptr;
    decltype(&::nvrtcDestroyProgram) destroy = nullptr;
    decltype(&::nvrtcCompileProgram) compile = nullptr;
    decltype(&::nvrtcGetProgramLogSize) log_size = nullptr;
    decltype(&::nvrtcGetProgramLog) log = nullptr;
    decltype(&::nvrtcGetPTXSize) ptx_size = nullptr;
    decltype(&::nvrtcGetPTX) ptx = nullptr;
    decltype(&::nvrtcGetCUBINSize) cubin_size = nullptr;
    decltype(&::nvrtcGetCUBIN) cubin = nullptr;
    decltype(&::nvrtcGetErrorString) error_string = nullptr;

    bool loaded = false;
    std::string problem;  ///< why it is not
};

template <class F>
bool take(void* library, const char* name, F& function) {
    function = reinterpret_cast<F>(::dlsym(library, name));
    return function != nullptr;
}

Library load_library() {
    Library result;
    void* library = nullptr;
    for (const char* name :
         {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", ASP_NVRTC_FOLDER "/libnvrtc.so"})
        if (library == nullptr) library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        result.problem =
            "NVRTC is not installed: install the CUDA toolkit 12 or later, or put its lib64 on "
            "LD_LIBRARY_PATH";
        return result;
    }
    result.loaded = take(library, "nvrtcVersion", result.version) &&
                    take(library, "nvrtcCreateProgram", result.create) &&
                    take(library, "nvrtcDestroyProgram", result.destroy) &&
                    take(library, "nvrtcCompileProgram", result.compile) &&
                    take(library, "nvrtcGetProgramLogSize", result.log_size) &&
                    take(library, "nvrtcGetProgramLog", result.log) &&
                    take(library, "nvrtcGetPTXSize", result.ptx_size) &&
                    take(library, "nvrtcGetPTX", result.ptx) &&
                    take(library, "nvrtcGetCUBINSize", result.cubin_size) &&
                    take(library, "nvrtcGetCUBIN", result.cubin) &&
                    take(library, "nvrtcGetErrorString", result.error_string);
    if (!result.loaded) result.problem = "NVRTC is too old: expected CUDA 12 or later";
    return result;
}

const Library& library() {
    static const Library loaded = load_library();
    return loaded;
}

Unexpected<CompileFailure> fail(Reason reason, std::string message, std::string log = {}) {
    return Unexpected{
        CompileFailure{.reason = reason, .message = std::move(message), .log = std::move(log)}};
}

/// A program of the library, destroyed at the end of its life.
class Program {
public:
    explicit Program(const Source& source) {
        std::vector<std::string> texts, names;
        for (const Header& header : source.headers) {
            texts.emplace_back(header.text);
            names.emplace_back(header.path);
        }
        const auto pointers = [](const std::vector<std::string>& strings) {
            std::vector<const char*> list;
            for (const std::string& text : strings) list.push_back(text.c_str());
            return list;
        };
        status = library().create(&program_, source.text.c_str(), "source.cu",
                                  static_cast<int>(texts.size()), pointers(texts).data(),
                                  pointers(names).data());
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (program_ != nullptr) library().destroy(&program_);
    }

    nvrtcProgram get() const noexcept { return program_; }

    nvrtcResult status;

private:
    nvrtcProgram program_ = nullptr;
};

/// What one of the library's pairs of functions, size and content, gives.
template <class Size, class Content>
std::string content(nvrtcProgram program, Size size_of, Content content_of) {
    std::size_t size = 0;
    if (size_of(program, &size) != NVRTC_SUCCESS) return {};
    std::string bytes(size, '\0');
    if (content_of(program, bytes.data()) != NVRTC_SUCCESS) return {};
    return bytes;
}

std::string without_end(std::string text) {
    while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
    return text;
}

nvrtcResult compile(const Program& program, const Source& source, const CudaOptions& options) {
    const bool cubin = options.format == CudaFormat::cubin;
    std::vector<std::string> words{
        std::string("--gpu-architecture=") + (cubin ? "sm_" : "compute_") +
            std::to_string(options.architecture),
        "--std=c++20", std::string("--fmad=") + (options.contract ? "true" : "false")};
    words.insert(words.end(), source.extra_flags.begin(), source.extra_flags.end());
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    return library().compile(program.get(), static_cast<int>(pointers.size()), pointers.data());
}

}  // namespace

Expected<Toolchain, CompileFailure> find_nvrtc() {
    if (!library().loaded) return fail(Reason::no_compiler, library().problem);
    int major = 0, minor = 0;
    library().version(&major, &minor);
    Dl_info where{};
    ::dladdr(reinterpret_cast<void*>(library().version), &where);
    Toolchain toolchain{.kind = ToolchainKind::nvrtc,
                        .compiler = where.dli_fname == nullptr ? "" : where.dli_fname,
                        .version = "NVRTC " + std::to_string(major) + "." + std::to_string(minor),
                        .machine = "nvptx64",
                        .tune = {},
                        .identity = {}};
    toolchain.identity =
        detail::Digest().field(name_of(toolchain.kind)).field(toolchain.version).hexadecimal();
    return toolchain;
}

Expected<CudaImage, CompileFailure> compile_cuda(const Source& source, const CudaOptions& options) {
    detail::require_safe_headers(source);
    if (!library().loaded) return fail(Reason::no_compiler, library().problem);
    const auto start = std::chrono::steady_clock::now();
    const Program program(source);
    if (program.status != NVRTC_SUCCESS)
        return fail(Reason::crash, std::string("NVRTC: ") + library().error_string(program.status));
    const nvrtcResult status = compile(program, source, options);
    std::string log = without_end(content(program.get(), library().log_size, library().log));
    if (status != NVRTC_SUCCESS)
        return fail(status == NVRTC_ERROR_COMPILATION ? Reason::error : Reason::crash,
                    std::string("NVRTC: ") + library().error_string(status) + ": " +
                        log.substr(0, log.find('\n')),
                    log);
    std::string bytes = options.format == CudaFormat::cubin
                            ? content(program.get(), library().cubin_size, library().cubin)
                            : content(program.get(), library().ptx_size, library().ptx);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return CudaImage{std::move(bytes), std::move(log), seconds};
}

}  // namespace asp::jit
