#include "asp/jit/detail/inspect.hpp"

#include <sys/stat.h>

#include <cstdio>

#include "asp/jit/detail/driver.hpp"
#include "asp/jit/detail/loaded_module.hpp"
#include "asp/jit/detail/process.hpp"
#include "asp/jit/detail/sha256.hpp"

namespace asp::jit::detail {

namespace fs = std::filesystem;

namespace {

/// Runs the compiler with some arguments; the output, or why there is none.
class Questions {
public:
    Questions(const fs::path& compiler, const fs::path& folder, const ToolchainSearch& search)
        : compiler_(compiler), folder_(folder), time_limit_(search.time_limit) {}

    Expected<std::string, std::string> ask(std::vector<std::string> arguments) const {
        ProcessResult run = run_process({.program = compiler_,
                                         .arguments = std::move(arguments),
                                         .folder = folder_,
                                         .time_limit = time_limit_});
        const bool good = (run.end == ProcessResult::End::exited && run.code == 0) ||
                          run.end == ProcessResult::End::unknown;
        if (!good) return Unexpected{describe(run)};
        return std::move(run.output);
    }

private:
    const fs::path& compiler_;
    const fs::path& folder_;
    std::chrono::milliseconds time_limit_;
};

std::string first_line(const std::string& text) {
    return text.substr(0, text.find_first_of("\r\n"));
}

/// The value of a macro in the output of -dM -E; empty if it is not defined.
std::string macro(const std::string& definitions, const std::string& name) {
    const std::string start = "#define " + name + " ";
    const std::size_t at = definitions.find(start);
    return at == definitions.npos ? "" : first_line(definitions.substr(at + start.size()));
}

int number_of(const std::string& text) {
    int value = 0;
    std::sscanf(text.c_str(), "%d", &value);
    return value;
}

/// What it is, or why we do not take it.
Expected<ToolchainKind, std::string> kind_of(const std::string& definitions) {
    for (const char* name : {"__INTEL_COMPILER", "__INTEL_LLVM_COMPILER", "__NVCOMPILER"})
        if (!macro(definitions, name).empty())
            return Unexpected{
                std::string("is neither g++ nor clang++; name one of them in ASP_CXX")};
    if (const int version = number_of(macro(definitions, "__clang_major__"))) {
        if (version < 13) return Unexpected{std::string("is too old: expected clang 13 or later")};
        return ToolchainKind::clang;
    }
    if (const int version = number_of(macro(definitions, "__GNUC__"))) {
        if (version < 11) return Unexpected{std::string("is too old: expected g++ 11 or later")};
        return ToolchainKind::gcc;
    }
    return Unexpected{std::string("is neither g++ nor clang++; name one of them in ASP_CXX")};
}

/// What the compiler would put for -mtune=native; empty if it does not know this processor.
std::string native_tune(ToolchainKind kind, const Questions& compiler) {
    const auto word_after = [](const std::string& text, const std::string& start,
                               const std::string& ends) {
        const std::size_t at = text.find(start);
        if (at == text.npos) return std::string();
        const std::size_t begin = text.find_first_not_of(" \t", at + start.size());
        return begin == text.npos ? ""
                                  : text.substr(begin, text.find_first_of(ends, begin) - begin);
    };
    std::string tune;
    if (kind == ToolchainKind::gcc) {
        if (const auto answer = compiler.ask({"-march=native", "-Q", "--help=target"}))
            tune = word_after(*answer, "-mtune=", " \t\n");
    } else if (const auto answer =
                   compiler.ask({"-march=native", "-###", "-c", "-x", "c++", "/dev/null"})) {
        tune = word_after(*answer, "\"-target-cpu\" \"", "\"");
    }
    const bool is_name =
        tune.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == tune.npos;
    return is_name && tune != "native" ? tune : "";
}

Source probe() {
    return {.text = R"(extern "C" {
__attribute__((visibility("default"))) double add(double a, double b) { return a + b; }
__attribute__((visibility("default"))) double root(double x) { return __builtin_sqrt(x); }
__attribute__((visibility("default"))) void scale(double* x, const double* y, int n) {
#pragma omp simd
    for (int i = 0; i < n; ++i) x[i] = 3.0 * y[i];
}
}
)",
            .name = "probe"};
}

template <class F>
F* function(const LoadedObject& object, const char* name) {
    return reinterpret_cast<F*>(object.symbol(name));
}

bool computes_right(const LoadedObject& object) {
    const auto add = function<double(double, double)>(object, "add");
    const auto root = function<double(double)>(object, "root");
    const auto scale = function<void(double*, const double*, int)>(object, "scale");
    if (add == nullptr || root == nullptr || scale == nullptr) return false;
    double x[19] = {}, y[19];
    for (int i = 0; i < 19; ++i) y[i] = 0.25 * i;
    scale(x, y, 19);
    for (int i = 0; i < 19; ++i)
        if (x[i] != 0.75 * i) return false;
    return add(0.5, 1024.25) == 1024.75 && root(2.25) == 1.5;
}

}  // namespace

std::string identity_of(const Toolchain& toolchain) {
    struct stat status {};
    ::stat(toolchain.compiler.c_str(), &status);
    return Digest()
        .field(name_of(toolchain.kind))
        .field(toolchain.version)
        .field(toolchain.machine)
        .number(static_cast<std::uint64_t>(status.st_size))
        .number(static_cast<std::uint64_t>(status.st_mtim.tv_sec))
        .number(static_cast<std::uint64_t>(status.st_mtim.tv_nsec))
        .hexadecimal();
}

std::optional<std::string> why_broken(const Toolchain& toolchain,
                                      std::chrono::milliseconds time_limit) {
    const auto folder = PrivateFolder::create_temporary();
    if (!folder) return folder.error();
    CompileOptions options;
    options.time_limit = time_limit;
    const auto object = compile_in(*folder, probe(), toolchain, options);
    const std::string compiler = toolchain.compiler.string() + ": does not compile a probe: ";
    if (!object) return compiler + object.error().message;
    const auto loaded = LoadedObject::load(object->bytes);
    if (!loaded) return compiler + "its object does not load: " + loaded.error();
    if (!computes_right(*loaded)) return compiler + "its object computes wrong numbers";
    return std::nullopt;
}

Expected<Toolchain, std::string> inspect(const fs::path& compiler, const ToolchainSearch& search) {
    const auto folder = PrivateFolder::create_temporary();
    if (!folder) return Unexpected{folder.error()};
    const auto refused = [&](const std::string& why) {
        return Unexpected{compiler.string() + ": " + why};
    };
    const Questions questions(compiler, folder->path(), search);
    const auto definitions = questions.ask({"-dM", "-E", "-x", "c++", "/dev/null"});
    if (!definitions) return refused(definitions.error());
    const auto kind = kind_of(*definitions);
    if (!kind) return refused(kind.error());
    const auto version = questions.ask({"--version"});
    const auto machine = questions.ask({"-dumpmachine"});
    if (!version || !machine) return refused((version ? machine : version).error());
    Toolchain toolchain{.kind = *kind,
                        .compiler = compiler,
                        .version = first_line(*version),
                        .machine = first_line(*machine),
                        .tune = native_tune(*kind, questions),
                        .identity = {}};
    toolchain.identity = identity_of(toolchain);
    if (const auto problem = why_broken(toolchain, search.time_limit)) return Unexpected{*problem};
    return toolchain;
}

}  // namespace asp::jit::detail
