#include "asp/jit/compile.hpp"

#include <gnu/libc-version.h>

#include <algorithm>

#include "asp/jit/detail/sha256.hpp"

namespace asp::jit {

namespace {

/// To be raised when the meaning of a key, an entry or a compiled object changes.
constexpr std::uint64_t key_version = 1;

std::vector<std::string> target_flags(const Toolchain& toolchain, const CompileOptions& options) {
    const InstructionSet& set =
        options.instruction_set ? *options.instruction_set : host_instruction_set();
    std::vector<std::string> flags;
    if (set.level.empty()) return flags;
    flags.push_back("-march=" + set.level);
    for (const std::string& feature : set.features) flags.push_back("-m" + feature);
    // For another machine we do not know what to tune for.
    const bool for_this_machine = !options.instruction_set && !toolchain.tune.empty();
    flags.push_back("-mtune=" + (for_this_machine ? toolchain.tune : "generic"));
    // Compilers prefer half of it, for the clock's sake; loops here are long enough.
    if (vector_width(set) == 8) flags.emplace_back("-mprefer-vector-width=512");
    return flags;
}

}  // namespace

std::vector<std::string> compile_flags(const Toolchain& toolchain, const Source& source,
                                       const CompileOptions& options) {
    std::vector<std::string> flags{"-std=c++20", "-O" + std::to_string(options.optimization)};
    for (std::string& flag : target_flags(toolchain, options)) flags.push_back(std::move(flag));
    // Never -ffast-math: linked into an object, it turns subnormal numbers to zero in the whole
    // process. No errno and no traps are what lets roots and selects vectorize.
    for (const char* flag :
         {"-fno-math-errno", "-fno-trapping-math",
          options.contract ? "-ffp-contract=fast" : "-ffp-contract=off", "-fopenmp-simd", "-fPIC",
          "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti", "-w", "-pipe"})
        flags.emplace_back(flag);
    // A unique symbol would keep the object loaded for ever. clang makes none, and has no flag.
    if (toolchain.kind == ToolchainKind::gcc) flags.emplace_back("-fno-gnu-unique");
    flags.insert(flags.end(), source.extra_flags.begin(), source.extra_flags.end());
    return flags;
}

std::string source_key(const Source& source, const CompileOptions& options) {
    detail::Digest digest;
    digest.field("asp source").number(key_version).field(source.text);
    std::vector<Header> headers = source.headers;
    std::sort(headers.begin(), headers.end(),
              [](const Header& a, const Header& b) { return a.path < b.path; });
    digest.number(headers.size());
    for (const Header& header : headers) digest.field(header.path).field(header.text);
    digest.number(source.extra_flags.size());
    for (const std::string& flag : source.extra_flags) digest.field(flag);
    digest.number(static_cast<std::uint64_t>(options.optimization)).number(options.contract);
    return digest.hexadecimal();
}

std::string kernel_key(const Source& source, const Toolchain& toolchain,
                       const CompileOptions& options) {
    detail::Digest digest;
    digest.field("asp kernel").number(key_version).field(source_key(source, options));
    digest.field(toolchain.identity).field(toolchain.machine).field(::gnu_get_libc_version());
    const auto flags = compile_flags(toolchain, source, options);
    digest.number(flags.size());
    for (const std::string& flag : flags) digest.field(flag);
    return digest.hexadecimal();
}

}  // namespace asp::jit
