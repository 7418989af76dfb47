#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "krylov/csr.hpp"

namespace krylov {

using AnyMatrix =
    std::variant<Csr<double>, Csr<float>, Csr<std::complex<double>>, Csr<std::complex<float>>>;

/// A matrix from a file or a generator, and what there is to say about it.
struct LoadedMatrix {
    AnyMatrix matrix;
    std::string name;    ///< "nsjac.mtx.gz", "stencil:7pt:128"
    std::string format;  ///< "Matrix Market, coordinate real general", "generated"
    Assembly assembly = {};
    std::vector<std::string> remarks = {};  ///< "12 entries stood twice and were added up"
};

/// Reads a sparse matrix, by the file's first bytes whatever its name: Matrix Market,
/// Harwell-Boeing and Rutherford-Boeing (all three also compressed by gzip), PETSc binary (32- and
/// 64-bit indices), HDF5 (PETSc's and SciPy's or 10x Genomics' layout), MATLAB 5. Where a file
/// holds several, `path` may end in ":name". Symmetric, skew-symmetric and Hermitian storage is
/// expanded. Throws InputError with file, line (or byte) and what was expected.
LoadedMatrix read_matrix(const std::filesystem::path& path);

/// A file, or a generated matrix: "stencil:7pt:128", "fem:44", ... (generate.hpp).
LoadedMatrix load_matrix(const std::string& text);

/// Writes coordinate real (or complex) general. Throws BackendError.
void write_matrix_market(const std::filesystem::path& path, const AnyMatrix& matrix);

}  // namespace krylov
