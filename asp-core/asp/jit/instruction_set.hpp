#pragma once

#include <string>
#include <vector>

namespace asp::jit {

/// What a processor can execute, as far as kernels profit: a named level and what lies above it.
/// Written out and never "native", so that a folder shared by unlike machines is safe.
struct InstructionSet {
    std::string target;                 ///< "x86_64", as uname -m
    std::string level;                  ///< "x86-64-v3"; empty where levels have no names
    std::vector<std::string> features;  ///< above the level, sorted; as after -m: "avx512f"

    bool operator==(const InstructionSet&) const = default;
};

/// Of the processor we run on; read once per process.
const InstructionSet& host_instruction_set();

/// From the words of a "flags" line of /proc/cpuinfo, for the given target.
InstructionSet instruction_set_from(const std::string& target, const std::string& cpuinfo_flags);

/// The set of a level alone: "x86-64-v3". Throws InputError for another name.
InstructionSet instruction_set_of_level(const std::string& level);

/// Whether code for `needed` runs on a processor that has `present`.
bool runs_on(const InstructionSet& needed, const InstructionSet& present);

/// Number of float64 in the widest vector register: 2, 4 or 8 (x86-64), 2 elsewhere.
int vector_width(const InstructionSet& instruction_set);

/// One word for people: "x86-64-v3", or "x86-64-v2+avx+fma".
std::string name_of(const InstructionSet& instruction_set);

}  // namespace asp::jit
