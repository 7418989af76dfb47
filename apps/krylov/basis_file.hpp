#pragma once

#include <filesystem>
#include <string>

#include "krylov/workload.hpp"

namespace krylov {

/// Writes what a call gave: /basis [k + 1, vectors, n], or /x and /polynomial [vectors, n] (complex
/// numbers as pairs, last), the recurrence and the coefficients. Throws asp::BackendError.
template <class Scalar>
void write_basis(const std::filesystem::path& path, const Workload<Scalar>& work,
                 const std::string& matrix, const std::string& plan);

}  // namespace krylov
