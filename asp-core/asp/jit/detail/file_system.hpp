#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "asp/base/expected.hpp"
#include "asp/base/unique_handle.hpp"

namespace asp::jit::detail {

using Descriptor = UniqueHandle<int, ::close, -1>;

/// Why a file of ours was not read. Only wrong content lets us delete something.
struct ReadProblem {
    enum class Kind {
        missing,
        damaged,  ///< not a regular file, not ours, writable by others, or too large
        io,       ///< the system could not say
    };
    Kind kind;
    std::string message;
};

/// The folder `name` below `parent`, not through a link, ours and writable by nobody else.
Expected<Descriptor, ReadProblem> open_folder(int parent, const std::string& name);

/// The whole of a regular file of ours (or, in packs, the administrator's) in `folder`, not through
/// a link.
Expected<std::string, ReadProblem> read_file(int folder, const std::string& name,
                                             std::size_t limit);

/// Creates or replaces a file (0600) in a folder of ours; 0 or errno. Whole, or errno.
int write_file(int folder, const std::string& name, std::string_view bytes);
/// The same under another name, then renamed: a reader sees the old or the new one.
int replace_file(int folder, const std::string& name, std::string_view bytes);

/// Creates what is missing of `folder` (0700); 0 or errno.
int create_folders(const std::filesystem::path& folder);

/// Who may own and change a folder that we load code from.
enum class Ownership {
    ours,           ///< we own it, nobody else may write
    ours_or_roots,  ///< we or root own it, nobody else may write
    shared,         ///< also the likes of /tmp: others may write, but not rename what is ours
};

/// Why code in `folder` could be somebody else's; one line, with the cure. Nothing: it is safe.
/// Every folder on the way from the root is looked at. `folder` exists, with no links in its path.
std::optional<std::string> why_unsafe(const std::filesystem::path& folder, Ownership ownership);

/// "No space left on device", as strerror, safe in threads.
std::string error_text(int error);

}  // namespace asp::jit::detail
