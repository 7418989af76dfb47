#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace gmm::detail {

/// Rows of numbers in a file, read in pieces. One thread at a time may be in here, for all files.
class RowFile {
public:
    /// Of what `open_rows` found.
    struct Shape {
        std::size_t rows, columns;  ///< a list of numbers has one column
        bool is_list;               ///< of one dimension
        bool is_single;             ///< float32, else float64
    };

    RowFile(std::string its_name, const Shape& its_shape)
        : name(std::move(its_name)), shape(its_shape) {}
    RowFile(const RowFile&) = delete;
    RowFile& operator=(const RowFile&) = delete;
    virtual ~RowFile() = default;

    /// Rows from `first` on, as many as fill `values`. Throws InputError for a file that has become
    /// shorter.
    virtual void read(std::size_t first, std::span<float> values) const = 0;
    virtual void read(std::size_t first, std::span<double> values) const = 0;

    const std::string name;  ///< as the user gave it
    const Shape shape;
};

/// "FILE.h5:/dataset" or "FILE.npy". Throws InputError for what is not there, or not floats in one
/// or two dimensions.
std::unique_ptr<RowFile> open_rows(const std::string& name);
std::unique_ptr<RowFile> open_npy(const std::string& name);

}  // namespace gmm::detail
