#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "asp/jit/instruction_set.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit {

/// What the speed of a kernel depends on. Records of the tuning database carry it.
struct Platform {
    std::string processor;  ///< "AMD EPYC 9R45"
    std::string vendor;     ///< "AuthenticAMD"
    int family = 0;
    int model = 0;
    int stepping = 0;
    InstructionSet instruction_set;
    std::size_t l1_bytes = 0;    ///< data cache of one core; 0: unknown, as for the next two
    std::size_t l2_bytes = 0;    ///< of one core
    std::size_t l3_bytes = 0;    ///< as one core sees it
    std::size_t line_bytes = 0;  ///< of a cache line
    std::size_t page_bytes = 0;
    std::size_t harts = 0;  ///< that this process may run on
    std::string compiler;   ///< version, for people; empty without a compiler
    std::string compiler_identity;
    std::string libc;  ///< "glibc 2.36"

    /// SHA-256, in hexadecimal, of to_json(*this).
    std::string id() const;
};

Platform measure_platform(const std::optional<Toolchain>& toolchain = host_toolchain());

/// Canonical: keys sorted, no spaces. The same machine gives the same text.
std::string to_json(const Platform& platform);

}  // namespace asp::jit
