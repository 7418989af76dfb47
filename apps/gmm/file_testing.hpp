#pragma once
// For *.test.cpp only.

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "asp/base/array.hpp"
#include "asp/base/scratch_folder.hpp"
#include "asp/io/hdf5.hpp"

namespace gmm::testing {

using asp::testing::ScratchFolder;

/// A .npy file as numpy would write it, or with a header that is wrong.
inline std::string npy_bytes(const std::string& header, const std::string& data, char version = 1) {
    const std::size_t length_bytes = version == 1 ? 2 : 4;
    const std::size_t before = 8 + length_bytes;
    std::string padded = header;
    padded.append(63 - (before + header.size()) % 64, ' ').append("\n");
    std::string bytes = std::string("\x93NUMPY") + version + '\0';
    for (std::size_t i = 0; i < length_bytes; ++i)
        bytes += static_cast<char>(padded.size() >> (8 * i) & 0xFFU);
    return bytes + padded + data;
}

template <class Real>
std::string npy_header(const std::string& shape) {
    return fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': ({}), }}", sizeof(Real),
                       shape);
}

template <class Real>
std::string raw(std::span<const Real> values) {
    std::string bytes(values.size_bytes(), '\0');
    std::memcpy(bytes.data(), values.data(), values.size_bytes());
    return bytes;
}

/// Rows [N, D] as Real.
template <class Real>
std::string write_npy(const ScratchFolder& folder, const std::string& name,
                      const asp::Array<double, 2>& rows, char version = 1) {
    const std::vector<Real> values(rows.begin(), rows.end());
    const std::string shape = fmt::format("{}, {}", rows.extent(0), rows.extent(1));
    const auto data = raw(std::span<const Real>(values));
    return folder.write(name, npy_bytes(npy_header<Real>(shape), data, version)).string();
}

/// As dataset /x; returns "FILE:/x".
template <class Real>
std::string write_h5(const ScratchFolder& folder, const std::string& name,
                     const asp::Array<double, 2>& rows) {
    const std::vector<Real> values(rows.begin(), rows.end());
    asp::io::H5Writer writer(folder / name);
    writer.write("/x", std::span<const Real>(values), {rows.extent(0), rows.extent(1)});
    writer.close();
    return (folder / name).string() + ":/x";
}

/// 0, 1, 2, ... in rows.
inline asp::Array<double, 2> counting(std::size_t rows, std::size_t columns) {
    asp::Array<double, 2> values({rows, columns});
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = static_cast<double>(i);
    return values;
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace gmm::testing
