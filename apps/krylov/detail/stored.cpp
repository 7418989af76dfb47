#include "krylov/detail/stored.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "asp/base/error.hpp"

namespace krylov::detail {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw asp::InputError(file + ": " + what);
}

/// A header of 40 bytes must not make us ask for gigabytes.
void require_plausible(std::int64_t rows, std::int64_t columns, std::int64_t entries,
                       const std::string& file) {
    const std::int64_t most = 1000 * (entries + 1000);
    if (std::max(rows, columns) > most)
        refuse(file, fmt::format("{} x {} with {} entries: expected at most {} rows and columns "
                                 "for so few",
                                 rows, columns, entries, most));
}

template <class Real>
bool is_finite(Real value) {
    return std::isfinite(value);
}
template <class Real>
bool is_finite(std::complex<Real> value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

template <class Scalar>
void check_starts(const Stored<Scalar>& stored, std::string_view major, std::int64_t majors,
                  const std::string& file) {
    if (std::ssize(stored.start) != majors + 1)
        refuse(file,
               fmt::format("{} {} starts: expected {}", stored.start.size(), major, majors + 1));
    if (stored.index.size() != stored.value.size())
        refuse(file, fmt::format("{} indices and {} values: expected as many of both",
                                 stored.index.size(), stored.value.size()));
    if (stored.start.front() != 0)
        refuse(file, fmt::format("the first {} starts at {}: expected 0", major, stored.start[0]));
    for (std::size_t i = 1; i < stored.start.size(); ++i)
        if (stored.start[i] < stored.start[i - 1])
            refuse(file, fmt::format("{} {} ends at {}: expected {} or more", major, i - 1,
                                     stored.start[i], stored.start[i - 1]));
    if (stored.start.back() != std::ssize(stored.index))
        refuse(file, fmt::format("the last {} ends at {}: expected {}, the number of entries",
                                 major, stored.start.back(), stored.index.size()));
}

template <class Scalar>
void check_stored(const Stored<Scalar>& stored, Symmetry symmetry, const std::string& file) {
    const bool by_rows = stored.along == Along::rows;
    const std::string_view major = by_rows ? "row" : "column", minor = by_rows ? "column" : "row";
    const std::int64_t majors = by_rows ? stored.rows : stored.columns;
    const std::int64_t minors = by_rows ? stored.columns : stored.rows;
    check_starts(stored, major, majors, file);
    std::int64_t below = -1, above = -1;
    for (std::int64_t i = 0; i < majors; ++i)
        for (auto j = stored.start[at(i)]; j < stored.start[at(i) + 1]; ++j) {
            const std::int32_t other = stored.index[at(j)];
            const auto refuse_entry = [&](const std::string& expected) {
                refuse(file,
                       fmt::format("{} {}: {} {}: expected {}", major, i, minor, other, expected));
            };
            if (other < 0 || other >= minors) refuse_entry(fmt::format("0 to {}", minors - 1));
            if (!is_finite(stored.value[at(j)])) refuse_entry("a finite value");
            if (other != i) (other < i ? below : above) = i;
            if (symmetry != Symmetry::general && below >= 0 && above >= 0)
                refuse_entry(
                    fmt::format("one triangle in a {} file, which has entries on the "
                                "other side of the diagonal too, in {} {}",
                                name_of(symmetry), major, other < i ? above : below));
        }
}

template <class Scalar>
Scalar mirrored(Scalar value, Symmetry symmetry) {
    return symmetry == Symmetry::skew ? -value : value;
}
template <class Real>
std::complex<Real> mirrored(std::complex<Real> value, Symmetry symmetry) {
    if (symmetry == Symmetry::hermitian) return std::conj(value);
    return symmetry == Symmetry::skew ? -value : value;
}

/// Both triangles out of one, which is above the diagonal or below.
template <class Scalar>
Csr<Scalar> expanded(const Csr<Scalar>& half, Symmetry symmetry) {
    const Csr<Scalar> other = transposed(half.view());
    Csr<Scalar> whole;
    whole.columns = half.columns;
    whole.row_start.reserve(half.row_start.size());
    whole.column.reserve(2 * half.column.size());
    whole.value.reserve(2 * half.column.size());
    const auto append = [&](const Csr<Scalar>& from, std::int64_t row, std::int64_t begin,
                            std::int64_t end, bool is_mirror) {
        for (auto j = from.row_start[at(row)]; j < from.row_start[at(row) + 1]; ++j) {
            const std::int32_t c = from.column[at(j)];
            if (c < begin || c >= end) continue;
            whole.column.push_back(c);
            whole.value.push_back(is_mirror ? mirrored(from.value[at(j)], symmetry)
                                            : from.value[at(j)]);
        }
    };
    for (std::int64_t i = 0; i < half.rows(); ++i) {
        // One of the first two is empty, and one of the last two.
        append(half, i, 0, i, false);
        append(other, i, 0, i, true);
        append(half, i, i, i + 1, false);
        append(half, i, i + 1, half.columns, false);
        append(other, i, i + 1, half.columns, true);
        whole.row_start.push_back(whole.nonzeros());
    }
    return whole;
}

template <class Scalar>
void count_empty_rows(const Csr<Scalar>& matrix, Assembly& assembly) {
    assembly.empty_rows = assembly.explicit_zeros = 0;
    for (std::size_t i = 0; i + 1 < matrix.row_start.size(); ++i)
        assembly.empty_rows += matrix.row_start[i] == matrix.row_start[i + 1];
    for (const Scalar& v : matrix.value) assembly.explicit_zeros += v == Scalar{};
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

template <class Scalar>
LoadedMatrix loaded(Csr<Scalar>&& matrix, Assembly assembly, Symmetry symmetry) {
    if (symmetry != Symmetry::general) {
        matrix = expanded(matrix, symmetry);
        count_empty_rows(matrix, assembly);
    }
    LoadedMatrix result{std::move(matrix), {}, {}, assembly, {}};
    if (assembly.summed > 0)
        result.remarks.push_back(counted(assembly.summed,
                                         "entry stood in the place of another and was added to it",
                                         "entries stood in the place of others and were added up"));
    if (assembly.empty_rows > 0)
        result.remarks.push_back(
            counted(assembly.empty_rows, "row has no entries", "rows have no entries"));
    if (assembly.explicit_zeros > 0)
        result.remarks.push_back(counted(assembly.explicit_zeros,
                                         "stored entry is zero and stays in the pattern",
                                         "stored entries are zero and stay in the pattern"));
    return result;
}

}  // namespace

std::string_view name_of(Symmetry symmetry) {
    switch (symmetry) {
        case Symmetry::symmetric:
            return "symmetric";
        case Symmetry::skew:
            return "skew-symmetric";
        case Symmetry::hermitian:
            return "hermitian";
        default:
            return "general";
    }
}

void require_sizes(std::int64_t rows, std::int64_t columns, const std::string& file) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (rows < 0 || columns < 0 || rows > most || columns > most)
        refuse(file,
               fmt::format("{} x {}: expected 0 to {} rows and columns", rows, columns, most));
}

template <class Scalar>
LoadedMatrix completed(Stored<Scalar>&& stored, Symmetry symmetry, const std::string& file) {
    require_sizes(stored.rows, stored.columns, file);
    require_plausible(stored.rows, stored.columns, std::ssize(stored.index), file);
    if (symmetry != Symmetry::general && stored.rows != stored.columns)
        refuse(file, fmt::format("{} x {}: expected a square matrix, as it is {}", stored.rows,
                                 stored.columns, name_of(symmetry)));
    check_stored(stored, symmetry, file);
    const bool by_rows = stored.along == Along::rows;
    Csr<Scalar> matrix{by_rows ? stored.columns : stored.rows, std::move(stored.start),
                       std::move(stored.index), std::move(stored.value)};
    bool is_in_order = by_rows;
    for (std::size_t i = 0; is_in_order && i + 1 < matrix.row_start.size(); ++i)
        is_in_order = std::is_sorted(matrix.column.begin() + matrix.row_start[i],
                                     matrix.column.begin() + matrix.row_start[i + 1]);
    if (!is_in_order) matrix = transposed(matrix.view());
    if (!is_in_order && by_rows) matrix = transposed(matrix.view());
    const Assembly assembly = merge_duplicates(matrix);
    return loaded(std::move(matrix), assembly, symmetry);
}

template <class Scalar>
LoadedMatrix completed(std::int64_t rows, std::int64_t columns,
                       const std::vector<Entry<Scalar>>& entries, Symmetry symmetry,
                       const std::string& file) {
    require_plausible(rows, columns, std::ssize(entries), file);
    Assembly assembly;
    Csr<Scalar> matrix = assemble<Scalar>(rows, columns, entries, &assembly);
    return loaded(std::move(matrix), assembly, symmetry);
}

#define ASP_INSTANTIATE(Scalar)                                                                    \
    template LoadedMatrix completed(Stored<Scalar>&&, Symmetry, const std::string&);               \
    template LoadedMatrix completed(std::int64_t, std::int64_t, const std::vector<Entry<Scalar>>&, \
                                    Symmetry, const std::string&);
ASP_INSTANTIATE(double)
ASP_INSTANTIATE(float)
ASP_INSTANTIATE(std::complex<double>)
ASP_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
