#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/io/hdf5.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/detail/stored.hpp"

namespace krylov::detail {
namespace {

using asp::io::H5Reader;
using Names = std::vector<std::string>;

/// Names of the three arrays in a group.
struct Layout {
    std::string_view start, index, value;
};
constexpr Layout scipy{"indptr", "indices", "data"}, matlab{"jc", "ir", "data"};

struct OpenFile {
    H5Reader reader;
    std::string name;
    std::size_t bytes;
    bool is_of_matlab;

    [[noreturn]] void refuse(const std::string& what) const {
        throw asp::InputError(name + ": " + what);
    }
};

std::string child(const std::string& group, std::string_view name) {
    return (group == "/" ? "" : group) + "/" + std::string(name);
}

bool has_all(const H5Reader& reader, const std::string& group, const Layout& layout) {
    return reader.has(child(group, layout.start)) && reader.has(child(group, layout.index)) &&
           reader.has(child(group, layout.value));
}

Names names_in(const H5Reader& reader, const std::string& group) {
    try {
        return reader.names(group);
    } catch (const asp::InputError&) {
        return {};  // a dataset
    }
}

/// Groups that hold a matrix, down to the third level.
void find_matrices(const H5Reader& reader, const std::string& group, int levels, Names& found) {
    if (has_all(reader, group, scipy) || has_all(reader, group, matlab)) {
        found.push_back(group);
        return;
    }
    if (levels == 0) return;
    for (const auto& name : names_in(reader, group))
        if (name.find('\0') == name.npos)
            find_matrices(reader, child(group, name), levels - 1, found);
}

std::string chosen_group(const OpenFile& file, const std::string& variable) {
    if (!variable.empty()) {
        std::string group = variable.front() == '/' ? variable : "/" + variable;
        if (file.reader.has(group) &&
            (has_all(file.reader, group, scipy) || has_all(file.reader, group, matlab)))
            return group;
    }
    Names found;
    find_matrices(file.reader, "/", 3, found);
    if (!variable.empty()) {
        const auto near = asp::nearest_name(variable, found);
        file.refuse(fmt::format("{}: no such sparse matrix; {}", variable,
                                near ? fmt::format("did you mean '{}'?", *near)
                                     : fmt::format("expected one of: {}", fmt::join(found, ", "))));
    }
    if (found.empty())
        file.refuse("expected a group with data, indices and indptr, or data, ir and jc");
    if (found.size() > 1)
        file.refuse(fmt::format("several matrices: expected one of these after a colon: {}",
                                fmt::join(found, ", ")));
    return found.front();
}

/// Refuses arrays that cannot have come out of so small a file before memory is asked for.
void require_plausible(const OpenFile& file, const std::string& dataset) {
    double count = 1.0;
    for (const std::size_t extent : file.reader.extents(dataset))
        count *= static_cast<double>(extent);
    // Deflate packs by at most about 1030 to 1, and a number has at least one byte.
    if (count > 1100.0 * static_cast<double>(file.bytes))
        file.refuse(fmt::format("{}: {} numbers: expected fewer in a file of {} bytes", dataset,
                                count, file.bytes));
}

std::vector<std::int64_t> read_ints(const OpenFile& file, const std::string& dataset) {
    require_plausible(file, dataset);
    return file.reader.read_ints(dataset);
}

/// `encoding-type` of AnnData, "format" of others: "csr_matrix", "csc"; 10x Genomics keeps columns.
Along scipy_direction(const OpenFile& file, const std::string& group) {
    std::string word;
    if (file.reader.has_attribute(group, "encoding-type"))
        word = file.reader.string_attribute(group, "encoding-type");
    else if (file.reader.has(child(group, "format")))
        word = file.reader.read_string(child(group, "format"));
    else
        return file.reader.has(child(group, "barcodes")) ? Along::columns : Along::rows;
    if (word.starts_with("csr")) return Along::rows;
    if (word.starts_with("csc")) return Along::columns;
    file.refuse(fmt::format("{}: '{}': expected csr or csc", group, word));
}

/// [rows, columns] where the file says so.
std::vector<std::int64_t> stated_shape(const OpenFile& file, const std::string& group) {
    std::vector<std::int64_t> shape;
    if (file.reader.has(child(group, "shape"))) {
        shape = read_ints(file, child(group, "shape"));
        if (shape.size() != 2)
            file.refuse(
                fmt::format("{}: {} numbers: expected 2", child(group, "shape"), shape.size()));
    }
    return shape;
}

std::int64_t greatest_after(const std::vector<std::int64_t>& indices) {
    return indices.empty() ? 0 : *std::ranges::max_element(indices) + 1;
}

struct Matrix {
    Stored<double> stored;
    std::string layout;
    std::vector<std::string> remarks;
};

void set_sizes(const OpenFile& file, const std::string& group, bool is_scipy,
               const std::vector<std::int64_t>& indices, Matrix& matrix) {
    auto& stored = matrix.stored;
    const bool by_rows = stored.along == Along::rows;
    const auto shape = is_scipy ? stated_shape(file, group) : std::vector<std::int64_t>{};
    const std::int64_t majors = std::ssize(stored.start) - 1;
    std::int64_t minors = 0;
    if (!shape.empty()) {
        minors = shape[by_rows ? 1 : 0];
        if (shape[by_rows ? 0 : 1] != majors)
            file.refuse(fmt::format("{}: {} x {}: expected {} {}, as {} has {} numbers",
                                    child(group, "shape"), shape[0], shape[1], majors,
                                    by_rows ? "rows" : "columns", scipy.start, majors + 1));
    } else if (!is_scipy && file.reader.has_attribute(group, "MATLAB_sparse")) {
        minors = file.reader.int_attribute(group, "MATLAB_sparse");
    } else {
        minors = std::max(majors, greatest_after(indices));
        matrix.remarks.push_back(fmt::format("the file states no shape: taken to be {} x {}",
                                             by_rows ? majors : minors, by_rows ? minors : majors));
    }
    stored.rows = by_rows ? majors : minors;
    stored.columns = by_rows ? minors : majors;
}

Matrix read_group(const OpenFile& file, const std::string& group) {
    const bool is_scipy = has_all(file.reader, group, scipy);
    const Layout& layout = is_scipy ? scipy : matlab;
    Matrix matrix;
    auto& stored = matrix.stored;
    stored.start = read_ints(file, child(group, layout.start));
    if (stored.start.empty())
        file.refuse(child(group, layout.start) + ": no numbers: expected one or more");
    const auto indices = read_ints(file, child(group, layout.index));
    require_plausible(file, child(group, layout.value));
    stored.value = file.reader.read_doubles(child(group, layout.value));
    if (is_scipy) {
        stored.along = scipy_direction(file, group);
        matrix.layout = stored.along == Along::rows ? "compressed rows" : "compressed columns";
    } else {
        stored.along = file.is_of_matlab ? Along::columns : Along::rows;
        matrix.layout = file.is_of_matlab ? "MATLAB 7.3" : "PETSc";
        if (!file.is_of_matlab)
            matrix.remarks.push_back(
                "jc was taken to hold the starts of rows, as PETSc reads it; MATLAB's are columns");
    }
    set_sizes(file, group, is_scipy, indices, matrix);
    for (const std::int64_t i : indices) {
        if (i < 0 || i > std::numeric_limits<std::int32_t>::max())
            file.refuse(fmt::format("{}: index {}: expected 0 to {}", child(group, layout.index), i,
                                    std::numeric_limits<std::int32_t>::max()));
        stored.index.push_back(static_cast<std::int32_t>(i));
    }
    return matrix;
}

bool begins_as_matlab(const std::filesystem::path& path) {
    std::string head(10, '\0');
    std::ifstream(path, std::ios::binary).read(head.data(), 10);
    return head == "MATLAB 7.3";
}

}  // namespace

LoadedMatrix read_hdf5(const std::filesystem::path& path, const std::string& variable) {
    const OpenFile file{H5Reader(path), path.string(),
                        static_cast<std::size_t>(std::filesystem::file_size(path)),
                        begins_as_matlab(path)};
    const std::string group = chosen_group(file, variable);
    Matrix matrix = read_group(file, group);
    LoadedMatrix result =
        completed(std::move(matrix.stored), Symmetry::general, path.string() + ": " + group);
    result.format = "HDF5, " + matrix.layout;
    result.remarks.insert(result.remarks.begin(), matrix.remarks.begin(), matrix.remarks.end());
    return result;
}

}  // namespace krylov::detail
