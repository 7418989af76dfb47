#include "asp_program/private_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "asp/base/error.hpp"

namespace asp_program {

PrivateFolder::PrivateFolder() {
    std::error_code failed;
    std::string name = (std::filesystem::temp_directory_path(failed) / "asp-XXXXXX").string();
    if (failed) throw asp::BackendError("no folder for temporary files: " + failed.message());
    if (::mkdtemp(name.data()) == nullptr)
        throw asp::BackendError(name + ": " + std::generic_category().message(errno));
    path_ = name;
}

PrivateFolder::~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace asp_program
