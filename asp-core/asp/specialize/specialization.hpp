#pragma once

#include <span>
#include <string>
#include <vector>

#include "asp/jit/compile.hpp"
#include "asp/jit/header.hpp"

namespace asp {

enum class Target {
    cpu,   ///< C++ for the host's vectors
    cuda,  ///< CUDA C++: one thread for each index
};

/// A kernel template, its policies and its parameters: everything that changes the generated text,
/// and nothing else.
struct Specialization {
    std::string name;  ///< of the specializer
    int version;       ///< of the specializer
    /// What this is, for whoever reads the text; becomes comments, whatever is in it.
    std::vector<std::string> title = {};
    std::vector<std::string> includes = {};  ///< the templates: "asp/newton/kernels/newton.hpp"
    /// Text of all that they include, other than jit::kernel_headers(). Static, like what
    /// asp_embed_headers() makes.
    std::vector<jit::Header> headers = {};
    std::string definitions = {};  ///< structs made from the problem and from the variant
    /// The call of the template: an int, from `arguments`, `lo` and `hi`:
    /// "asp::newton::solve_systems<System, Configuration>(arguments, lo, hi)".
    std::string call = {};
    Target target = Target::cpu;
    std::vector<std::string> flags = {};  ///< beyond those that every kernel is compiled with
};

inline constexpr const char* default_entry = "asp_entry";

/// The text to compile; deterministic. On the CPU it defines an `asp::Entry` with C linkage; for
/// CUDA a __global__ function of (asp::Arguments, long lo, long hi), one index for each thread,
/// grid-stride.
std::string translation_unit(const Specialization& specialization,
                             const std::string& entry = default_entry);

/// Several variants for the same target in one text: entries "asp_entry_0", "asp_entry_1", ... Half
/// the compile time of separate ones.
std::string translation_unit(std::span<const Specialization> variants);

/// What the compiler gets: text, headers, flags and a name for people.
jit::Source source_of(const Specialization& specialization);
jit::Source source_of(std::span<const Specialization> variants);

}  // namespace asp
