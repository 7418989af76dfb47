#pragma once

#include <span>
#include <string_view>

namespace asp::jit {

/// A header that travels inside the program, for sources compiled on the user's machine.
struct Header {
    std::string_view path;  ///< as a source includes it: "bloodflow/kernels/walls.hpp"
    std::string_view text;
};

/// What every kernel template may include: asp/kernel/prelude.hpp.
/// An app adds its own with asp_embed_headers() (cmake/AspEmbed.cmake).
std::span<const Header> kernel_headers();

}  // namespace asp::jit
