#include "krylov/matrix_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/io/atomic_file.hpp"
#include "krylov/detail/byte_stream.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/generate.hpp"

namespace krylov {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

enum class Format { matrix_market, harwell_boeing, petsc, hdf5, matlab };

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
    throw asp::InputError(path.string() + ": " + what);
}

/// The file, and what stands behind a last colon where only the text before it names one.
struct Target {
    fs::path path;
    std::string variable;
};

Target split(const fs::path& path) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) return {path, {}};
    const std::string text = path.string();
    const std::size_t colon = text.rfind(':');
    if (colon != text.npos && fs::exists(text.substr(0, colon), ignored))
        return {text.substr(0, colon), text.substr(colon + 1)};
    refuse(path, "there is no such file");
}

std::string first_raw_bytes(const fs::path& path, std::size_t count) {
    std::string bytes(count, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
}

std::string first_bytes(const fs::path& path, std::size_t count) {
    detail::ByteStream stream(path);
    std::string bytes(count, '\0');
    bytes.resize(stream.read(bytes));
    return bytes;
}

bool begins_without_case(std::string_view text, std::string_view word) {
    return text.size() >= word.size() &&
           std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) ==
                      std::tolower(static_cast<unsigned char>(b));
           });
}

/// HDF5's signature stands at the start or behind a user block.
bool is_hdf5(std::string_view bytes) {
    for (const std::size_t place : {0, 512, 1024, 2048})
        if (bytes.size() > place && bytes.substr(place).starts_with("\x89HDF\r\n\x1a\n"))
            return true;
    return false;
}

bool is_matlab(std::string_view bytes) {
    const auto mark = bytes.size() >= 128 ? bytes.substr(124, 4) : ""sv;
    return mark == "\x00\x01IM"sv || mark == "\x01\x00MI"sv;
}

/// The third line begins with a type of three letters, the second with a number.
bool is_harwell_boeing(std::string_view bytes) {
    const std::size_t second = bytes.find('\n');
    const std::size_t third = second == bytes.npos ? second : bytes.find('\n', second + 1);
    if (third == bytes.npos || third + 4 > bytes.size()) return false;
    const auto is_one_of = [&](std::size_t i, std::string_view letters) {
        return letters.find(static_cast<char>(
                   std::toupper(static_cast<unsigned char>(bytes[third + 1 + i])))) != letters.npos;
    };
    const std::size_t digit = bytes.find_first_not_of(' ', second + 1);
    return is_one_of(0, "RCIPQ") && is_one_of(1, "SUHZR") && is_one_of(2, "AE") &&
           std::isdigit(static_cast<unsigned char>(bytes[digit])) != 0;
}

Format format_of(const fs::path& path) {
    constexpr auto petsc = "\x00\x12\x7b"sv, wide_petsc = "\x00\x00\x00\x00\x00\x12\x7b"sv;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) refuse(path, "is a folder: expected a file");
    const std::string raw = first_raw_bytes(path, 4096), bytes = first_bytes(path, 4096);
    if (bytes.empty()) refuse(path, "is empty: expected a matrix");
    if (is_hdf5(raw)) return Format::hdf5;
    if (is_matlab(raw)) return Format::matlab;
    if (is_hdf5(bytes) || is_matlab(bytes))
        refuse(path, "is packed by gzip: expected HDF5 and MATLAB files unpacked");
    if (begins_without_case(bytes, "%%MatrixMarket")) return Format::matrix_market;
    if (bytes.starts_with(petsc) || bytes.starts_with(wide_petsc)) return Format::petsc;
    if (is_harwell_boeing(bytes)) return Format::harwell_boeing;
    refuse(path,
           "unknown format: expected Matrix Market, Harwell-Boeing, Rutherford-Boeing, PETSc "
           "binary, HDF5 or MATLAB 5");
}

void require_no_variable(const Target& target) {
    if (!target.variable.empty())
        refuse(target.path, fmt::format("'{}' after a colon: expected none, as such files hold one "
                                        "matrix",
                                        target.variable));
}

LoadedMatrix read(const Target& target, Format format) {
    if (format == Format::hdf5) return detail::read_hdf5(target.path, target.variable);
    if (format == Format::matlab) return detail::read_matlab(target.path, target.variable);
    require_no_variable(target);
    if (format == Format::petsc) return detail::read_petsc_binary(target.path);
    if (format == Format::harwell_boeing) return detail::read_harwell_boeing(target.path);
    return detail::read_matrix_market(target.path);
}

/// What a mistyped generator may have meant.
void suggest_generator(const std::string& text) {
    const std::size_t colon = text.find(':');
    std::error_code ignored;
    if (colon == text.npos || fs::exists(text, ignored) ||
        fs::exists(text.substr(0, colon), ignored))
        return;
    static const std::vector<std::string> names{"stencil", "band",  "random",
                                                "power",   "graph", "fem"};
    if (const auto near = asp::nearest_name(text.substr(0, colon), names))
        throw asp::InputError(
            fmt::format("{}: there is no such file; did you mean '{}:'?", text, *near));
}

template <class Real>
void append_value(fmt::memory_buffer& text, Real value) {
    fmt::format_to(std::back_inserter(text), " {}\n", value);
}
template <class Real>
void append_value(fmt::memory_buffer& text, std::complex<Real> value) {
    fmt::format_to(std::back_inserter(text), " {} {}\n", value.real(), value.imag());
}

template <class Scalar>
void write(asp::io::AtomicFile& file, const Csr<Scalar>& matrix) {
    constexpr bool is_complex = !std::is_floating_point_v<Scalar>;
    fmt::memory_buffer text;
    fmt::format_to(
        std::back_inserter(text), "%%MatrixMarket matrix coordinate {} general\n{} {} {}\n",
        is_complex ? "complex" : "real", matrix.rows(), matrix.columns, matrix.nonzeros());
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i) {
        for (auto j = matrix.row_start[i]; j < matrix.row_start[i + 1]; ++j) {
            const auto entry = static_cast<std::size_t>(j);
            fmt::format_to(std::back_inserter(text), "{} {}", i + 1, matrix.column[entry] + 1);
            append_value(text, matrix.value[entry]);
        }
        if (text.size() < (1U << 20)) continue;
        file.write({text.data(), text.size()});
        text.clear();
    }
    file.write({text.data(), text.size()});
}

}  // namespace

LoadedMatrix read_matrix(const fs::path& path) {
    const Target target = split(path);
    LoadedMatrix result = read(target, format_of(target.path));
    result.name = target.path.filename().string();
    if (!target.variable.empty()) result.name.append(":").append(target.variable);
    return result;
}

LoadedMatrix load_matrix(const std::string& text) {
    if (is_generated(text)) return {generate(text), text, "generated", {}, {}};
    suggest_generator(text);
    return read_matrix(text);
}

void write_matrix_market(const fs::path& path, const AnyMatrix& matrix) {
    asp::io::AtomicFile file(path);
    std::visit([&](const auto& csr) { write(file, csr); }, matrix);
    file.commit();
}

}  // namespace krylov
