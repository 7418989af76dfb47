#include "asp/jit/detail/driver.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "asp/base/error.hpp"
#include "asp/jit/detail/process.hpp"

namespace asp::jit::detail {

namespace fs = std::filesystem;
using Reason = CompileFailure::Reason;
using End = ProcessResult::End;

namespace {

Unexpected<CompileFailure> fail(Reason reason, std::string message, std::string log = {}) {
    return Unexpected{
        CompileFailure{.reason = reason, .message = std::move(message), .log = std::move(log)}};
}

bool is_safe(std::string_view text) {
    const fs::path path(text);
    if (text.empty() || path.is_absolute() || !path.has_filename()) return false;
    if (text.find('\0') != text.npos) return false;
    return std::none_of(path.begin(), path.end(),
                        [](const fs::path& part) { return part == ".." || part == "."; });
}

/// Nothing, or what went wrong.
std::optional<std::string> write_inputs(const PrivateFolder& folder, const Source& source) {
    const auto complaint = [&](std::string_view name, int error) {
        return (folder.path() / name).string() + ": cannot write: " + error_text(error);
    };
    if (const int error = write_file(folder.descriptor(), "source.cpp", source.text))
        return complaint("source.cpp", error);
    for (const Header& header : source.headers) {
        const fs::path path = "include" / fs::path(header.path);
        if (const int error = create_folders(folder.path() / path.parent_path()))
            return complaint(header.path, error);
        if (const int error = write_file(folder.descriptor(), path.string(), header.text))
            return complaint(header.path, error);
    }
    return std::nullopt;
}

std::vector<std::string> command_line(const Source& source, const Toolchain& toolchain,
                                      const CompileOptions& options) {
    std::vector<std::string> words{"-x", "c++"};
    for (std::string& flag : compile_flags(toolchain, source, options))
        words.push_back(std::move(flag));
    // All names are relative: nothing of the folder gets into the object. Without the start-up
    // files there is nothing that could set floating-point modes, and a library is linked only if
    // the kernel calls it.
    for (const char* word : {"-Iinclude", "-shared", "-nostdlib", "source.cpp", "-o", "kernel.so",
                             "-Wl,-z,now,-z,defs,--as-needed", "-lm", "-lc", "-lgcc"})
        words.emplace_back(word);
    return words;
}

/// The line around `at`, at most 300 bytes of it.
std::string line_at(const std::string& text, std::size_t at) {
    const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(begin, std::min<std::size_t>(text.find('\n', at) - begin, 300));
}

/// Compilers report a full disk as an error like any other (LANG=C keeps the words). The line that
/// does so; empty if there is none.
std::string complaint_about_the_machine(const std::string& log) {
    static constexpr std::array<std::string_view, 12> complaints{
        "No space left on device", "Disk quota exceeded",
        "Read-only file system",   "Input/output error",
        "File too large",          "File size limit exceeded",
        "Cannot allocate memory",  "virtual memory exhausted",
        "out of memory",           "Resource temporarily unavailable",
        "Stale file handle",       "Too many open files",
    };
    for (const std::string_view text : complaints)
        if (const std::size_t at = log.find(text); at != log.npos) return line_at(log, at);
    return {};
}

std::string first_error(const std::string& log) {
    std::size_t at = log.find("error:");
    if (at == log.npos) at = log.find_first_not_of('\n');
    return at == log.npos ? "it says nothing" : line_at(log, at);
}

CompileFailure failure_of(const ProcessResult& run, const Toolchain& toolchain,
                          const CompileOptions& options) {
    const std::string compiler = toolchain.compiler.string();
    const auto with = [&](Reason reason, std::string message) {
        return CompileFailure{.reason = reason, .message = std::move(message), .log = run.output};
    };
    switch (run.end) {
        case End::timed_out:
            return with(Reason::timeout,
                        compiler + ": took longer than the time limit of " +
                            std::to_string(static_cast<double>(options.time_limit.count()) / 1e3)
                                .substr(0, 5) +
                            " s and was ended");
        case End::stopped:
            return with(Reason::stopped, compiler + ": was stopped");
        case End::not_started:
            return with(Reason::no_compiler, compiler + ": " + describe(run));
        default:
            break;
    }
    // Killed from outside, as the system does where memory is short: no fault of the source.
    const bool killed = run.end == End::signalled && run.code == SIGKILL;
    if (killed || run.output.find("Killed signal terminated") != std::string::npos)
        return with(Reason::killed, compiler + ": was killed; is the memory full?");
    if (const std::string line = complaint_about_the_machine(run.output); !line.empty())
        return with(Reason::unusable_cache, compiler + ": " + line);
    if (run.end == End::signalled ||
        run.output.find("internal compiler error") != std::string::npos)
        return with(Reason::crash,
                    compiler + ": crashed: " +
                        (run.end == End::signalled ? describe(run) : first_error(run.output)));
    return with(Reason::error, first_error(run.output));
}

}  // namespace

void require_safe_headers(const Source& source) {
    for (const Header& header : source.headers)
        if (!is_safe(header.path))
            throw InputError("header path '" + std::string(header.path) +
                             "': expected a relative path without . or ..");
}

Expected<CompiledObject, CompileFailure> compile_in(const PrivateFolder& folder,
                                                    const Source& source,
                                                    const Toolchain& toolchain,
                                                    const CompileOptions& options) {
    if (auto problem = write_inputs(folder, source)) return fail(Reason::unusable_cache, *problem);
    ProcessResult run = run_process({.program = toolchain.compiler,
                                     .arguments = command_line(source, toolchain, options),
                                     .folder = folder.path(),
                                     .time_limit = options.time_limit,
                                     .low_priority = options.low_priority,
                                     .stop = options.stop});
    if (const int error = write_file(folder.descriptor(), "build.log", run.output))
        return fail(Reason::unusable_cache,
                    (folder.path() / "build.log").string() + ": " + error_text(error));
    const bool succeeded = (run.end == End::exited && run.code == 0) || run.end == End::unknown;
    if (!succeeded) return Unexpected{failure_of(run, toolchain, options)};
    // Compilers make it executable and obey the umask; here only the owner has a say.
    ::fchmodat(folder.descriptor(), "kernel.so", 0600, 0);
    auto bytes = read_file(folder.descriptor(), "kernel.so", object_limit);
    if (!bytes || bytes->empty())
        return fail(Reason::crash,
                    toolchain.compiler.string() + ": reported success but wrote no object",
                    std::move(run.output));
    return CompiledObject{std::move(*bytes), std::move(run.output), run.seconds};
}

}  // namespace asp::jit::detail
