#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "asp/base/error.hpp"
#include "krylov/detail/byte_stream.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/detail/stored.hpp"

namespace krylov::detail {
namespace {

// Numbers that PETSc puts before each object of a file.
constexpr std::int64_t matrix_mark = 1211216, vector_mark = 1211214;
constexpr std::int64_t first_mark = 1211211, last_mark = 1211240;

/// The bytes of a file, read as big-endian numbers from a place that moves on.
class BigEndian {
public:
    BigEndian(std::string bytes, std::string name)
        : bytes_(std::move(bytes)), name_(std::move(name)) {}

    template <class Word>
    Word word_at(std::size_t first) const {
        std::array<char, sizeof(Word)> bytes;
        std::memcpy(bytes.data(), bytes_.data() + first, sizeof(Word));
        std::ranges::reverse(bytes);
        return std::bit_cast<Word>(bytes);
    }
    std::int64_t take_index() {
        require(1, index_bytes, "index");
        const std::int64_t value =
            index_bytes == 4 ? word_at<std::int32_t>(place) : word_at<std::int64_t>(place);
        place += index_bytes;
        return value;
    }
    /// That so many things follow.
    void require(std::int64_t count, std::size_t bytes_each, std::string_view what) const {
        if (static_cast<std::size_t>(count) > (bytes_.size() - place) / bytes_each)
            refuse(fmt::format("the file ends after {} bytes: expected {} {}{} of {} bytes",
                               bytes_.size(), count, what, count == 1 ? "" : "s", bytes_each));
    }
    [[noreturn]] void refuse(const std::string& what) const {
        throw asp::InputError(fmt::format("{}: byte {}: {}", name_, place, what));
    }
    std::size_t size() const { return bytes_.size(); }

    std::size_t place = 0;
    std::size_t index_bytes = 4;

private:
    std::string bytes_;
    std::string name_;
};

/// Whether the values may end at `place`: the file does, or another object begins.
bool may_end_at(const BigEndian& file, std::size_t place) {
    if (place == file.size()) return true;
    if (place > file.size() || file.size() - place < file.index_bytes) return false;
    const std::int64_t mark = file.index_bytes == 4 ? file.word_at<std::int32_t>(place)
                                                    : file.word_at<std::int64_t>(place);
    return mark >= first_mark && mark <= last_mark;
}

double scalar_at(const BigEndian& file, std::size_t place, double) {
    return file.word_at<double>(place);
}
float scalar_at(const BigEndian& file, std::size_t place, float) {
    return file.word_at<float>(place);
}
template <class Real>
std::complex<Real> scalar_at(const BigEndian& file, std::size_t place, std::complex<Real>) {
    return {file.word_at<Real>(place), file.word_at<Real>(place + sizeof(Real))};
}

/// Sizes, row starts and columns.
Stored<double> read_pattern(BigEndian& file) {
    Stored<double> pattern;
    pattern.rows = file.take_index();
    pattern.columns = file.take_index();
    const std::int64_t entries = file.take_index();
    if (entries == -1) file.refuse("a dense matrix: expected a sparse one");
    if (pattern.rows < 0 || pattern.columns < 0 || entries < 0)
        file.refuse(fmt::format("{} x {} with {} entries: expected none of these negative",
                                pattern.rows, pattern.columns, entries));
    file.require(pattern.rows, file.index_bytes, "row length");
    pattern.start.assign(1, 0);
    for (std::int64_t i = 0; i < pattern.rows; ++i) {
        const std::int64_t length = file.take_index();
        if (length < 0 || length > entries - pattern.start.back())
            file.refuse(fmt::format("row {} has {} entries: expected 0 to {}", i, length,
                                    entries - pattern.start.back()));
        pattern.start.push_back(pattern.start.back() + length);
    }
    file.require(entries, file.index_bytes, "column");
    for (std::int64_t e = 0; e < entries; ++e) {
        const std::int64_t column = file.take_index();
        if (column < 0 || column >= pattern.columns)
            file.refuse(fmt::format("column {}: expected 0 to {}", column, pattern.columns - 1));
        pattern.index.push_back(static_cast<std::int32_t>(column));
    }
    return pattern;
}

template <class Scalar>
LoadedMatrix read_values(const BigEndian& file, Stored<double>&& pattern, const std::string& name,
                         std::string_view scalars) {
    Stored<Scalar> stored{pattern.rows,
                          pattern.columns,
                          Along::rows,
                          std::move(pattern.start),
                          std::move(pattern.index),
                          {}};
    stored.value.reserve(stored.index.size());
    for (std::size_t e = 0; e < stored.index.size(); ++e)
        stored.value.push_back(scalar_at(file, file.place + e * sizeof(Scalar), Scalar{}));
    const bool has_more = file.place + stored.index.size() * sizeof(Scalar) < file.size();
    LoadedMatrix result = completed(std::move(stored), Symmetry::general, name);
    result.format = fmt::format("PETSc binary, {}, {}-bit indices", scalars, 8 * file.index_bytes);
    if (has_more) result.remarks.push_back("what follows the first matrix was not read");
    return result;
}

}  // namespace

/// Scalars carry no mark: they are taken to be as wide as makes the file end, or another object
/// begin, behind the last of them.
LoadedMatrix read_petsc_binary(const std::filesystem::path& path) {
    ByteStream stream(path);
    BigEndian file(stream.read_all(), path.string());
    file.require(1, 8, "header");
    if (file.word_at<std::int32_t>(0) == 0) file.index_bytes = 8;
    const std::int64_t mark = file.take_index();
    if (mark == vector_mark) file.refuse("the file begins with a vector: expected a matrix");
    if (mark != matrix_mark)
        file.refuse(fmt::format("mark {}: expected {}, that of a matrix", mark, matrix_mark));
    Stored<double> pattern = read_pattern(file);
    const std::string name = path.string();
    const std::size_t entries = pattern.index.size();
    if (may_end_at(file, file.place + 8 * entries))
        return read_values<double>(file, std::move(pattern), name, "real");
    if (may_end_at(file, file.place + 16 * entries))
        return read_values<std::complex<double>>(file, std::move(pattern), name, "complex");
    if (may_end_at(file, file.place + 4 * entries))
        return read_values<float>(file, std::move(pattern), name, "single real");
    file.refuse(
        fmt::format("{} bytes of values follow: expected {} (real), {} (complex) or {} "
                    "(single) for {} entries",
                    file.size() - file.place, 8 * entries, 16 * entries, 4 * entries, entries));
}

}  // namespace krylov::detail
