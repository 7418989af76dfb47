#pragma once
// For tests only: small files of every format, byte by byte.

#include <matio.h>
#include <zlib.h>

#include <bit>
#include <complex>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "asp/io/hdf5.hpp"
#include "krylov/matrix_file.hpp"

namespace krylov::testing {

namespace fs = std::filesystem;

/// The matrix [1 2 0; 0 0 3; 4 0 5] in the formats below, unless they say otherwise.
inline const std::vector<double> small_matrix{1, 2, 0, 0, 0, 3, 4, 0, 5};

/// Row by row, zeros included.
template <class Scalar>
std::vector<Scalar> dense(const Csr<Scalar>& matrix) {
    std::vector<Scalar> values(static_cast<std::size_t>(matrix.rows() * matrix.columns));
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        for (auto j = matrix.row_start[static_cast<std::size_t>(i)];
             j < matrix.row_start[static_cast<std::size_t>(i) + 1]; ++j)
            values[static_cast<std::size_t>(i * matrix.columns +
                                            matrix.column[static_cast<std::size_t>(j)])] +=
                matrix.value[static_cast<std::size_t>(j)];
    return values;
}

template <class Scalar = double>
std::vector<Scalar> dense(const LoadedMatrix& loaded) {
    return dense(std::get<Csr<Scalar>>(loaded.matrix));
}

inline std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline fs::path write_packed(const fs::path& path, const std::string& text) {
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
}

inline const std::string market_text =
    "%%MatrixMarket matrix coordinate real general\n"
    "% three by three\n"
    "3 3 5\n1 1 1.0\n1 2 2\n2 3 3e0\n3 1 4.0\n3 3 +5.\n";

/// One field to a width of 14.
inline std::string field(const std::string& text) {
    return std::string(14 - std::min<std::size_t>(14, text.size()), ' ') + text;
}

/// Harwell-Boeing (five numbers on its second line) with these formats and lines.
inline std::string harwell_text(const std::string& type, const std::vector<int>& sizes,
                                const std::vector<std::string>& formats, const std::string& lines) {
    const auto padded = [](std::string text, std::size_t width) {
        text.resize(width, ' ');
        return text;
    };
    std::string text = padded("A small matrix", 72) + padded("SMALL", 8) + "\n";
    for (const char* count : {"3", "1", "1", "1", "0"}) text += field(count);
    text.append("\n").append(padded(type, 14));
    for (const int size : sizes) text += field(std::to_string(size));
    text.append(field("0")).append("\n").append(padded(formats[0], 16));
    text.append(padded(formats[1], 16)).append(padded(formats.size() > 2 ? formats[2] : "", 20));
    text += '\n';
    return text + lines;
}
inline std::string small_harwell_text() {
    return harwell_text("RUA", {3, 3, 5}, {"(4I3)", "(5I3)", "(5E8.1)"},
                        "  1  3  4  6\n  1  3  1  2  3\n"
                        " 1.0E+00 4.0E+00 2.0E+00 3.0E+00 5.0E+00\n");
}

template <class Word>
std::string big_endian(const std::vector<Word>& words) {
    std::string bytes;
    for (const Word word : words) {
        std::string one(sizeof(Word), '\0');
        std::memcpy(one.data(), &word, sizeof(Word));
        bytes.append(one.rbegin(), one.rend());
    }
    return bytes;
}
template <class Index>
std::string petsc_pattern() {
    return big_endian<Index>({1211216, 3, 3, 5, 2, 1, 2, 0, 1, 2, 0, 2});
}
inline std::string petsc_bytes() {
    return petsc_pattern<std::int32_t>() + big_endian<double>({1, 2, 3, 4, 5});
}

using Ints = std::vector<std::int64_t>;
using Doubles = std::vector<double>;

/// data, indices and indptr (or other names) in a group.
inline void write_arrays(asp::io::H5Writer& file, const std::string& group,
                         const std::vector<std::string>& names, const Ints& start,
                         const Ints& index, const Doubles& value) {
    file.write(group + "/" + names[0], start, {start.size()});
    file.write(group + "/" + names[1], index, {index.size()});
    file.write(group + "/" + names[2], value, {value.size()});
}
inline const std::vector<std::string> scipy_names{"indptr", "indices", "data"},
    petsc_names{"jc", "ir", "data"};

inline fs::path write_scipy(const fs::path& path) {
    asp::io::H5Writer file(path);
    write_arrays(file, "A", scipy_names, {0, 2, 3, 5}, {0, 1, 2, 0, 2}, {1, 2, 3, 4, 5});
    file.write("A/shape", Ints{3, 3}, {2});
    file.close();
    return path;
}

/// Sparse variables of a MATLAB 5 file, all the small matrix; `is_complex`: times 1 + i.
inline fs::path write_matlab(const fs::path& path, const std::vector<std::string>& names,
                             bool is_complex = false,
                             matio_compression compression = MAT_COMPRESSION_NONE) {
    mat_t* const file = Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5);
    std::vector<mat_uint32_t> rows{0, 2, 0, 1, 2}, starts{0, 2, 3, 5};
    Doubles values{1, 4, 2, 3, 5};
    mat_complex_split_t parts{values.data(), values.data()};
    mat_sparse_t sparse{5, rows.data(), 5, starts.data(), 4, 5, values.data()};
    if (is_complex) sparse.data = &parts;
    std::size_t extents[]{3, 3};
    for (const auto& name : names) {
        matvar_t* const variable =
            Mat_VarCreate(name.c_str(), MAT_C_SPARSE, MAT_T_DOUBLE, 2, extents, &sparse,
                          MAT_F_DONT_COPY_DATA | (is_complex ? MAT_F_COMPLEX : 0));
        Mat_VarWrite(file, variable, compression);
        Mat_VarFree(variable);
    }
    Mat_Close(file);
    return path;
}

}  // namespace krylov::testing
