#include <fmt/format.h>

#include <cctype>

#include "krylov/detail/fortran_fields.hpp"
#include "krylov/detail/numbers.hpp"
#include "krylov/detail/readers.hpp"
#include "krylov/detail/stored.hpp"

namespace krylov::detail {
namespace {

struct Header {
    std::string type;  ///< "RUA", large letters
    std::int64_t rows, columns, entries;
    FortranFormat starts, indices, values;
    bool has_values;
    bool is_harwell;  ///< Harwell's own: right-hand sides may follow
};

std::string_view cut(std::string_view line, std::size_t begin, std::size_t length) {
    return line.substr(std::min(begin, line.size()), length);
}

std::int64_t take_count(const LineReader& lines, std::string_view& rest, std::string_view name) {
    std::int64_t value = 0;
    if (!take_whole(rest, value) || value < 0)
        lines.refuse(fmt::format("{}: expected a whole number, 0 or more", name));
    return value;
}

std::string take_type(const LineReader& lines) {
    std::string type;
    for (const char c : cut(lines.line(), 0, 3))
        type += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto is_one_of = [&](std::size_t i, std::string_view letters) {
        return i < type.size() && letters.find(type[i]) != letters.npos;
    };
    if (!is_one_of(0, "RCIPQ") || !is_one_of(1, "SUHZR") || !is_one_of(2, "AE"))
        lines.refuse(fmt::format("'{}': expected a type like RUA, RSA, PSA, CHA or RZA", type));
    if (type[2] == 'E')
        lines.refuse(
            fmt::format("'{}': elemental matrices cannot be read: expected an assembled "
                        "one, {}{}A",
                        type, type[0], type[1]));
    if (type[0] == 'Q')
        lines.refuse(
            fmt::format("'{}': its values are in another file: expected R, C, I or P", type));
    return type;
}

Header read_header(LineReader& lines) {
    Header header{};
    lines.expect("the title");
    lines.expect("the numbers of lines");
    std::string_view rest = lines.line();
    for (const std::string_view name : {"TOTCRD", "PTRCRD", "INDCRD"})
        take_count(lines, rest, name);
    const std::int64_t value_lines = take_count(lines, rest, "VALCRD");
    const bool has_fifth = !is_blank(rest);
    const std::int64_t right_lines = has_fifth ? take_count(lines, rest, "RHSCRD") : 0;
    lines.expect("type and sizes");
    header.type = take_type(lines);
    // The fifth number may be left out in Harwell's form too; Rutherford's types are small letters.
    const bool is_small = std::islower(static_cast<unsigned char>(lines.line().front())) != 0;
    header.is_harwell = has_fifth || !is_small;
    rest = cut(lines.line(), 3, lines.line().npos);
    header.rows = take_count(lines, rest, "NROW");
    header.columns = take_count(lines, rest, "NCOL");
    header.entries = take_count(lines, rest, "NNZERO");
    lines.expect("the formats");
    const std::string_view formats = lines.line();
    header.starts = parse_fortran_format(cut(formats, 0, 16), lines);
    header.indices = parse_fortran_format(cut(formats, 16, 16), lines);
    header.has_values = header.type[0] != 'P' && header.entries > 0;
    if (header.has_values) {
        if (value_lines == 0)
            lines.refuse(
                fmt::format("no lines of values (VALCRD = 0): expected some for {}", header.type));
        header.values = parse_fortran_format(cut(formats, 32, 20), lines);
    }
    if (!header.starts.is_whole || !header.indices.is_whole)
        lines.refuse("expected whole numbers (I) as pointers and indices");
    if (right_lines > 0) lines.expect("RHSTYP");
    return header;
}

Symmetry symmetry_of(const Header& header) {
    switch (header.type[1]) {
        case 'S':
            return Symmetry::symmetric;
        case 'H':
            return Symmetry::hermitian;
        case 'Z':
            return Symmetry::skew;
        default:
            return Symmetry::general;
    }
}

void read_value(FortranFields& fields, bool is_whole, double& value) {
    value = is_whole ? static_cast<double>(fields.whole()) : fields.real();
}
void read_value(FortranFields& fields, bool, std::complex<double>& value) {
    const double real = fields.real();
    value = {real, fields.real()};
}

template <class Scalar>
LoadedMatrix read_columns(LineReader& lines, const Header& header, const std::string& file) {
    require_sizes(header.rows, header.columns, file);
    Stored<Scalar> stored{header.rows, header.columns, Along::columns, {}, {}, {}};
    stored.start.reserve(lines.at_most(header.columns + 1, 1));
    FortranFields starts(lines, header.starts, "column pointer");
    for (std::int64_t c = 0; c <= header.columns; ++c) {
        const std::int64_t start = starts.whole();
        const std::int64_t least = c == 0 ? 1 : stored.start.back() + 1;
        const std::int64_t most = c == 0 ? 1 : header.entries + 1;
        if (start < least || start > most)
            lines.refuse(fmt::format("pointer of column {}: {}: expected {} to {}", c + 1, start,
                                     least, most));
        stored.start.push_back(start - 1);
    }
    if (stored.start.back() != header.entries)
        lines.refuse(
            fmt::format("the last column ends before entry {}: expected {}, as NNZERO is "
                        "{}",
                        stored.start.back() + 1, header.entries + 1, header.entries));
    FortranFields indices(lines, header.indices, "row index");
    stored.index.reserve(lines.at_most(header.entries, 1));
    for (std::int64_t e = 0; e < header.entries; ++e) {
        const std::int64_t row = indices.whole();
        if (row < 1 || row > header.rows)
            lines.refuse(fmt::format("row index {}: expected 1 to {}", row, header.rows));
        stored.index.push_back(static_cast<std::int32_t>(row - 1));
    }
    if (header.has_values) {
        FortranFields values(lines, header.values, "value");
        stored.value.reserve(lines.at_most(header.entries, 1));
        for (std::int64_t e = 0; e < header.entries; ++e)
            read_value(values, header.values.is_whole, stored.value.emplace_back());
    } else {
        stored.value.assign(stored.index.size(), Scalar(1));
    }
    return completed(std::move(stored), symmetry_of(header), file);
}

}  // namespace

LoadedMatrix read_harwell_boeing(const std::filesystem::path& path) {
    LineReader lines(path);
    const Header header = read_header(lines);
    LoadedMatrix result = header.type[0] == 'C'
                              ? read_columns<std::complex<double>>(lines, header, path.string())
                              : read_columns<double>(lines, header, path.string());
    result.format = (header.is_harwell ? "Harwell-Boeing, " : "Rutherford-Boeing, ") + header.type;
    return result;
}

}  // namespace krylov::detail
