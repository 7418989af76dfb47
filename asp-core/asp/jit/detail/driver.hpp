#pragma once

#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/compile.hpp"
#include "asp/jit/detail/private_folder.hpp"

namespace asp::jit::detail {

/// The largest object that is loaded [bytes].
constexpr std::size_t object_limit = std::size_t{256} << 20U;

struct CompiledObject {
    std::string bytes;
    std::string log;
    double seconds;
};

/// Throws InputError unless each path stays below the folder it is written to.
void require_safe_headers(const Source& source);

/// Compiles in `folder`, which then has source.cpp, include/, build.log and, on success, kernel.so.
/// Reasons of a failure: error, crash, timeout, stopped, no_compiler, and unusable_cache for
/// whatever is the folder's fault.
Expected<CompiledObject, CompileFailure> compile_in(const PrivateFolder& folder,
                                                    const Source& source,
                                                    const Toolchain& toolchain,
                                                    const CompileOptions& options);

}  // namespace asp::jit::detail
