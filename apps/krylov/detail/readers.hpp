#pragma once

#include <filesystem>
#include <string>

#include "krylov/matrix_file.hpp"

namespace krylov::detail {

/// One reader for each format; name and remarks about duplicates are the caller's. `variable`: the
/// name of what is to be read in a file that holds several, or empty.
LoadedMatrix read_matrix_market(const std::filesystem::path& path);
LoadedMatrix read_harwell_boeing(const std::filesystem::path& path);
LoadedMatrix read_petsc_binary(const std::filesystem::path& path);
LoadedMatrix read_hdf5(const std::filesystem::path& path, const std::string& variable);
LoadedMatrix read_matlab(const std::filesystem::path& path, const std::string& variable);

}  // namespace krylov::detail
