#pragma once

#include <filesystem>
#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/file_system.hpp"

namespace asp::jit::detail {

/// A cache folder, found safe, and open: what happens to its path later does not concern us.
struct CacheFolder {
    std::filesystem::path path;  ///< absolute, links resolved
    Descriptor descriptor;
};

/// Creates what is missing (0700). The error is one line with the cure.
Expected<CacheFolder, std::string> open_cache_folder(const std::filesystem::path& folder);

/// A pack, which root may own too; not created.
Expected<CacheFolder, std::string> open_pack_folder(const std::filesystem::path& folder);

/// $ASP_CACHE_DIR, else $XDG_CACHE_HOME/asp, else ~/.cache/asp; empty when there is no home.
std::filesystem::path default_cache_folder();

}  // namespace asp::jit::detail
