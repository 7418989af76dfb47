#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "asp/jit/kernel_cache.hpp"

namespace asp::jit {

/// Copies entries of `cache` into `folder`, from which a machine without a compiler uses them
/// read-only ($ASP_PACK_DIR). An index maps source_key() and instruction set to the entry, since
/// without a compiler there is no kernel_key(). Adds to a pack that is there. Gives the number of
/// entries written; throws BackendError with path and cause, InputError for an unknown key.
std::size_t export_pack(const KernelCache& cache, const std::vector<std::string>& keys,
                        const std::filesystem::path& folder);

struct PackEntry {
    std::string key;
    std::string source_key;
    std::string name;
    InstructionSet instruction_set;
};

/// What lies in a pack; throws InputError when the folder is no pack.
std::vector<PackEntry> list_pack(const std::filesystem::path& folder);

}  // namespace asp::jit
