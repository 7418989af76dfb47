#pragma once

#include <filesystem>
#include <string>

#include "asp/base/array.hpp"
#include "asp/io/hdf5.hpp"
#include "gmm/mixture.hpp"

namespace gmm::detail {

/// Version of what gmm writes. To be raised when a reader of before could not read it.
constexpr std::int64_t format_version = 1;

/// A file of ours: "gmm model", "gmm statistics".
void mark(asp::io::H5Writer& writer, const std::string& format);

/// Reads a file of ours. Throws InputError, one line with file and dataset, where something is
/// missing or of another shape.
class FieldReader {
public:
    FieldReader(const std::filesystem::path& path, const std::string& format);

    asp::Array<double, 1> vector(const std::string& name, std::size_t size) const;
    asp::Array<double, 2> matrix(const std::string& name, const asp::Extents<2>& extents) const;
    /// The shape of a matrix, whatever it is.
    asp::Extents<2> matrix_extents(const std::string& name) const;
    /// Of the attribute `covariance`.
    Covariance covariance(const std::string& object) const;

    /// "model.h5: /mixture/weights: what"
    [[noreturn]] void refuse(const std::string& name, const std::string& what) const;

    const asp::io::H5Reader& file() const { return reader_; }

private:
    std::filesystem::path path_;
    asp::io::H5Reader reader_;
};

}  // namespace gmm::detail
