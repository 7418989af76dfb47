#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "asp/base/array.hpp"

// HDF5 may be built without thread safety: in one process, one thread at a time may be in here.
// Names are paths within the file, "/vessels/aorta/pressure"; text is UTF-8 without zero bytes.

namespace asp::io {

/// What is said of a dataset, and how it is stored.
struct DatasetInfo {
    std::string units = "1";       ///< SI; "1" for pure numbers
    std::string description = {};  ///< an attribute, left out when empty
    int compression = 1;           ///< 0: none, up to 9; the levels past 1 gain a percent or two
};

/// The value of an attribute.
using Attribute = std::variant<std::string, double, std::int64_t>;

/// Writes one HDF5 file, which appears under its name when it is closed and complete; until then
/// an older file of that name stays. Groups come into being with what is written into them.
/// It is held in memory, compressed, until then. Throws BackendError with file, object and cause.
class H5Writer {
public:
    explicit H5Writer(const std::filesystem::path& target);
    H5Writer(H5Writer&&) noexcept;
    ~H5Writer();  ///< drops the file if it was not closed

    /// Writes `values`, row-major, of shape `extents`. Large ones are cut into chunks, shuffled
    /// and deflated.
    void write(const std::string& name, std::span<const double> values,
               const std::vector<std::size_t>& extents, const DatasetInfo& info = {});
    void write(const std::string& name, std::span<const float> values,
               const std::vector<std::size_t>& extents, const DatasetInfo& info = {});
    void write(const std::string& name, std::span<const std::int64_t> values,
               const std::vector<std::size_t>& extents, const DatasetInfo& info = {});
    void write(const std::string& name, std::span<const std::int32_t> values,
               const std::vector<std::size_t>& extents, const DatasetInfo& info = {});
    template <class T, std::size_t Rank>
    void write(const std::string& name, View<T, Rank> values, const DatasetInfo& info = {}) {
        write(name, std::span<const T>(values.data(), values.size()),
              {values.extents().begin(), values.extents().end()}, info);
    }

    void write_double(const std::string& name, double value, const DatasetInfo& info = {});
    void write_int(const std::string& name, std::int64_t value, const DatasetInfo& info = {});
    void write_string(const std::string& name, const std::string& text);
    void write_strings(const std::string& name, std::span<const std::string> texts);

    void create_group(const std::string& name);  ///< only needed for groups that stay empty
    /// Adds an attribute to a group or dataset that is there; "/" is the file itself.
    void annotate(const std::string& object, const std::string& name, const Attribute& value);

    /// Completes the file and publishes it; nothing can be written after it.
    void close();

private:
    struct File;
    std::unique_ptr<File> file_;
};

/// What the numbers of a dataset are stored as.
enum class NumberType { float32, float64, integer, other };

/// Reads one HDF5 file. Throws InputError with file, object and cause.
class H5Reader {
public:
    explicit H5Reader(const std::filesystem::path& path);
    H5Reader(H5Reader&&) noexcept;
    ~H5Reader();

    bool has(const std::string& name) const;
    /// The names in a group, sorted.
    std::vector<std::string> names(const std::string& group) const;
    /// The shape of a dataset; empty for a single value.
    std::vector<std::size_t> extents(const std::string& name) const;
    NumberType number_type(const std::string& name) const;

    /// A part of a dataset of one or more dimensions: its rows (all of its first dimension) from
    /// `first` on, as many as fill `values`. Precondition: whole rows.
    void read_rows(const std::string& name, std::size_t first, std::span<double> values) const;
    void read_rows(const std::string& name, std::size_t first, std::span<float> values) const;

    std::vector<double> read_doubles(const std::string& name) const;
    std::vector<float> read_floats(const std::string& name) const;
    std::vector<std::int64_t> read_ints(const std::string& name) const;
    std::vector<std::string> read_strings(const std::string& name) const;
    double read_double(const std::string& name) const;
    std::int64_t read_int(const std::string& name) const;
    std::string read_string(const std::string& name) const;

    bool has_attribute(const std::string& object, const std::string& name) const;
    std::string string_attribute(const std::string& object, const std::string& name) const;
    double double_attribute(const std::string& object, const std::string& name) const;
    std::int64_t int_attribute(const std::string& object, const std::string& name) const;

private:
    struct File;
    std::unique_ptr<File> file_;
};

}  // namespace asp::io
