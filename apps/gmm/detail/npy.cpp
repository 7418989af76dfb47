#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <regex>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"
#include "gmm/detail/row_file.hpp"

namespace gmm::detail {
namespace {

static_assert(std::endian::native == std::endian::little);

using Descriptor = asp::UniqueHandle<int, ::close, -1>;

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
    throw asp::InputError(name + ": " + what);
}

/// What the text at the beginning says.
struct Header {
    RowFile::Shape shape;
    std::size_t data;  ///< [bytes] where the numbers begin
};

void read_bytes(const std::string& name, int descriptor, std::size_t at, void* to,
                std::size_t bytes) {
    auto* place = static_cast<char*>(to);
    while (bytes > 0) {
        const ssize_t count = ::pread(descriptor, place, bytes, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse(name, fmt::format("cannot read: {}", std::strerror(errno)));
        if (count == 0) refuse(name, fmt::format("ends at byte {}: expected more", at));
        place += count;
        at += static_cast<std::size_t>(count);
        bytes -= static_cast<std::size_t>(count);
    }
}

/// The value of a key in the header, which is a Python dictionary of text, truth or numbers.
std::string value_of(const std::string& name, const std::string& text, const char* key,
                     const char* form) {
    std::smatch found;
    if (!std::regex_search(text, found,
                           std::regex(fmt::format("['\"]{}['\"]\\s*:\\s*{}", key, form))))
        refuse(name, fmt::format("its header has no '{}' that can be read", key));
    return found[1];
}

std::vector<std::size_t> extents_of(const std::string& name, const std::string& shape) {
    std::vector<std::size_t> extents;
    static const std::regex number("[0-9]+");
    for (std::sregex_iterator at(shape.begin(), shape.end(), number), end; at != end; ++at) {
        if (at->length() > 15) refuse(name, fmt::format("shape ({}): is beyond any file", shape));
        extents.push_back(std::stoull(at->str()));
    }
    return extents;
}

RowFile::Shape shape_of(const std::string& name, const std::string& text) {
    const std::string type = value_of(name, text, "descr", "['\"]([^'\"]*)['\"]");
    if (type != "<f4" && type != "<f8")
        refuse(name,
               fmt::format("holds '{}': expected '<f4' or '<f8', float32 or float64 in little "
                           "endian order",
                           type));
    const std::string shape = value_of(name, text, "shape", "\\(([0-9, ]*)\\)");
    const auto extents = extents_of(name, shape);
    if (extents.empty() || extents.size() > 2)
        refuse(name, fmt::format("shape ({}): expected two dimensions, (frames, features)", shape));
    if (value_of(name, text, "fortran_order", "(True|False)") == "True" && extents.size() == 2)
        refuse(name,
               "is in Fortran order: expected rows one after another; save "
               "numpy.ascontiguousarray of it");
    return {extents[0], extents.size() == 2 ? extents[1] : 1, extents.size() == 1, type == "<f4"};
}

std::size_t size_of(const std::string& name, int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        refuse(name, "is not a file");
    return static_cast<std::size_t>(status.st_size);
}

/// Versions 1 to 3 differ in how long the text's length is and in its letters. Source: the
/// documentation of numpy.lib.format.
Header read_header(const std::string& name, int descriptor) {
    const std::size_t size = size_of(name, descriptor);
    std::array<unsigned char, 12> start{};
    if (size < start.size()) refuse(name, fmt::format("is {} bytes long: not a .npy file", size));
    read_bytes(name, descriptor, 0, start.data(), start.size());
    if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0)
        refuse(name, "is not a .npy file: it does not begin with \\x93NUMPY");
    if (start[6] < 1 || start[6] > 3)
        refuse(name, fmt::format("is a .npy file of version {}.{}: expected 1.0, 2.0 or 3.0",
                                 start[6], start[7]));
    const std::size_t before = start[6] == 1 ? 10 : 12;
    std::size_t length = start[8] + 256U * start[9];
    if (before == 12) length += (std::size_t{start[10]} << 16U) + (std::size_t{start[11]} << 24U);
    if (before + length > size) refuse(name, "ends within its header");
    std::string text(length, '\0');
    read_bytes(name, descriptor, before, text.data(), length);
    const Header header{shape_of(name, text), before + length};
    const std::size_t expected =
        header.data + header.shape.rows * header.shape.columns * (header.shape.is_single ? 4 : 8);
    if (size < expected)
        refuse(name,
               fmt::format("is {} bytes long: expected {}, for {} x {} numbers; it was cut off",
                           size, expected, header.shape.rows, header.shape.columns));
    return header;
}

class NpyFile final : public RowFile {
public:
    NpyFile(const std::string& path, Descriptor descriptor, const Header& header)
        : RowFile(path, header.shape), descriptor_(std::move(descriptor)), data_(header.data) {}

    void read(std::size_t first, std::span<float> values) const override {
        shape.is_single ? read_as_is(first, values) : convert<double>(first, values);
    }
    void read(std::size_t first, std::span<double> values) const override {
        shape.is_single ? convert<float>(first, values) : read_as_is(first, values);
    }

private:
    template <class Real>
    void read_as_is(std::size_t first, std::span<Real> values) const {
        read_bytes(name, descriptor_.get(), data_ + first * shape.columns * sizeof(Real),
                   values.data(), values.size_bytes());
    }
    template <class Stored, class Real>
    void convert(std::size_t first, std::span<Real> values) const {
        std::vector<Stored> piece(std::min<std::size_t>(values.size(), 8192));
        for (std::size_t done = 0; done < values.size(); done += piece.size()) {
            const std::size_t count = std::min(piece.size(), values.size() - done);
            read_bytes(name, descriptor_.get(),
                       data_ + (first * shape.columns + done) * sizeof(Stored), piece.data(),
                       count * sizeof(Stored));
            for (std::size_t i = 0; i < count; ++i) values[done + i] = static_cast<Real>(piece[i]);
        }
    }

    Descriptor descriptor_;
    std::size_t data_;
};

}  // namespace

std::unique_ptr<RowFile> open_npy(const std::string& name) {
    Descriptor descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) refuse(name, fmt::format("cannot open: {}", std::strerror(errno)));
    const Header header = read_header(name, descriptor.get());
    return std::make_unique<NpyFile>(name, std::move(descriptor), header);
}

}  // namespace gmm::detail
