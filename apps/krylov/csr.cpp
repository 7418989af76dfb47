#include "krylov/csr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "asp/base/error.hpp"

namespace krylov {
namespace {

template <class T>
std::size_t index(T i) {
    return static_cast<std::size_t>(i);
}

template <class Real>
bool is_finite(Real value) {
    return std::isfinite(value);
}
template <class Real>
bool is_finite(std::complex<Real> value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

/// Puts one row's columns in rising order; equal ones stay in the order given.
template <class Scalar>
class RowSort {
public:
    void operator()(std::span<std::int32_t> column, std::span<Scalar> value) {
        if (std::ranges::is_sorted(column)) return;
        if (column.size() <= longest_insertion)
            insert_one_by_one(column, value);
        else
            sort_pairs(column, value);
    }

private:
    // Past this an insertion sort's quadratic number of moves loses to merging.
    static constexpr std::size_t longest_insertion = 40;

    static void insert_one_by_one(std::span<std::int32_t> column, std::span<Scalar> value) {
        for (std::size_t i = 1; i < column.size(); ++i) {
            const std::int32_t c = column[i];
            const Scalar v = value[i];
            std::size_t j = i;
            for (; j > 0 && column[j - 1] > c; --j) {
                column[j] = column[j - 1];
                value[j] = value[j - 1];
            }
            column[j] = c;
            value[j] = v;
        }
    }
    void sort_pairs(std::span<std::int32_t> column, std::span<Scalar> value) {
        pairs_.clear();
        for (std::size_t i = 0; i < column.size(); ++i) pairs_.emplace_back(column[i], value[i]);
        std::ranges::stable_sort(pairs_, {}, &std::pair<std::int32_t, Scalar>::first);
        for (std::size_t i = 0; i < column.size(); ++i) std::tie(column[i], value[i]) = pairs_[i];
    }

    std::vector<std::pair<std::int32_t, Scalar>> pairs_;
};

/// counts[i + 1] holds how many; afterwards counts[i] is where i's begin.
void make_starts(std::vector<std::int64_t>& counts) {
    std::partial_sum(counts.begin(), counts.end(), counts.begin());
}

template <class Column>
[[noreturn]] void refuse(const std::string& name, std::int64_t row, Column column,
                         const std::string& expected) {
    throw asp::InputError(
        fmt::format("{}: row {}: column {}: expected {}", name, row, column, expected));
}

template <class Scalar, class Column>
void check_sizes(const CsrView<Scalar, Column>& matrix, const std::string& name) {
    const auto refuse_sizes = [&](const std::string& what) {
        throw asp::InputError(name + ": " + what);
    };
    if (matrix.row_start.empty())
        refuse_sizes("no row starts: expected one more than there are rows");
    if (matrix.columns < 0)
        refuse_sizes(fmt::format("{} columns: expected 0 or more", matrix.columns));
    if (matrix.row_start.front() != 0)
        refuse_sizes(fmt::format("the first row starts at {}: expected 0", matrix.row_start[0]));
    if (matrix.column.size() != matrix.value.size())
        refuse_sizes(fmt::format("{} columns and {} values: expected as many of both",
                                 matrix.column.size(), matrix.value.size()));
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        if (matrix.row_start[index(i) + 1] < matrix.row_start[index(i)])
            refuse_sizes(fmt::format("row {} ends at {}: expected {} or more", i,
                                     matrix.row_start[index(i) + 1], matrix.row_start[index(i)]));
    if (matrix.row_start.back() != matrix.nonzeros())
        refuse_sizes(fmt::format("the last row ends at {}: expected {}, the number of entries",
                                 matrix.row_start.back(), matrix.nonzeros()));
}

}  // namespace

template <class Scalar>
Assembly merge_duplicates(Csr<Scalar>& matrix) {
    Assembly found;
    std::size_t kept = 0, begin = 0;
    for (std::size_t i = 0; i < index(matrix.rows()); ++i) {
        const auto end = index(matrix.row_start[i + 1]);
        const std::size_t first = kept;
        for (std::size_t j = begin; j < end; ++j) {
            if (kept > first && matrix.column[kept - 1] == matrix.column[j]) {
                matrix.value[kept - 1] += matrix.value[j];
                ++found.summed;
            } else {
                matrix.column[kept] = matrix.column[j];
                matrix.value[kept++] = matrix.value[j];
            }
        }
        found.empty_rows += kept == first;
        for (std::size_t j = first; j < kept; ++j)
            found.explicit_zeros += matrix.value[j] == Scalar{};
        matrix.row_start[i + 1] = static_cast<std::int64_t>(kept);
        begin = end;
    }
    matrix.column.resize(kept);
    matrix.value.resize(kept);
    return found;
}

template <class Scalar>
Csr<Scalar> assemble(std::int64_t rows, std::int64_t columns,
                     std::span<const Entry<Scalar>> entries, Assembly* assembly) {
    Csr<Scalar> result;
    result.columns = columns;
    result.row_start.assign(index(rows) + 1, 0);
    for (const auto& entry : entries) ++result.row_start[index(entry.row) + 1];
    make_starts(result.row_start);
    result.column.resize(entries.size());
    result.value.resize(entries.size());
    {
        std::vector<std::int64_t> next(result.row_start.begin(), result.row_start.end() - 1);
        for (const auto& entry : entries) {
            const auto at = index(next[index(entry.row)]++);
            result.column[at] = static_cast<std::int32_t>(entry.column);
            result.value[at] = entry.value;
        }
    }
    RowSort<Scalar> sort;
    for (std::size_t i = 0; i < index(rows); ++i) {
        const auto begin = index(result.row_start[i]);
        const auto count = index(result.row_start[i + 1]) - begin;
        sort(std::span(result.column).subspan(begin, count),
             std::span(result.value).subspan(begin, count));
    }
    const Assembly found = merge_duplicates(result);
    if (assembly != nullptr) *assembly = found;
    return result;
}

template <class Scalar, class Column>
void check(const CsrView<Scalar, Column>& matrix, const std::string& name) {
    check_sizes(matrix, name);
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        std::int64_t previous = -1;
        for (auto j = matrix.row_start[index(i)]; j < matrix.row_start[index(i) + 1]; ++j) {
            const std::int64_t c = matrix.column[index(j)];
            if (c < 0 || c >= matrix.columns)
                refuse(name, i, c,
                       matrix.columns == 0 ? "no entries, as there are no columns"
                                           : fmt::format("0 to {}", matrix.columns - 1));
            if (c <= previous)
                refuse(name, i, c, fmt::format("more than the column before, {}", previous));
            if (!is_finite(matrix.value[index(j)])) refuse(name, i, c, "a finite value");
            previous = c;
        }
    }
}

template <class Scalar, class Column>
bool is_structurally_symmetric(const CsrView<Scalar, Column>& matrix) {
    if (matrix.rows() != matrix.columns) return false;
    // Rows pass from first to last, so the entries right of row j's diagonal must be asked for in
    // the order they stand in: next[j] is the one that must come next.
    std::vector<std::int64_t> next(index(matrix.rows()));
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        auto j = matrix.row_start[index(i)];
        const auto end = matrix.row_start[index(i) + 1];
        for (; j < end && matrix.column[index(j)] < i; ++j) {
            const auto mirror = index(matrix.column[index(j)]);
            auto& at = next[mirror];
            if (at == matrix.row_start[mirror + 1] || matrix.column[index(at)] != i) return false;
            ++at;
        }
        if (j < end && matrix.column[index(j)] == i) ++j;
        next[index(i)] = j;
    }
    for (std::size_t i = 0; i < next.size(); ++i)
        if (next[i] != matrix.row_start[i + 1]) return false;
    return true;
}

template <class Scalar>
Csr<Scalar> transposed(const CsrView<Scalar>& matrix) {
    Csr<Scalar> result;
    result.columns = matrix.rows();
    result.row_start.assign(index(matrix.columns) + 1, 0);
    for (const std::int32_t c : matrix.column) ++result.row_start[index(c) + 1];
    make_starts(result.row_start);
    result.column.resize(matrix.column.size());
    result.value.resize(matrix.value.size());
    std::vector<std::int64_t> next(result.row_start.begin(), result.row_start.end() - 1);
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        for (auto j = matrix.row_start[index(i)]; j < matrix.row_start[index(i) + 1]; ++j) {
            const auto at = index(next[index(matrix.column[index(j)])]++);
            result.column[at] = static_cast<std::int32_t>(i);
            result.value[at] = matrix.value[index(j)];
        }
    return result;
}

template <class Scalar>
Csr<Scalar> permuted(const CsrView<Scalar>& matrix, std::span<const std::int32_t> order) {
    ASP_ASSERT(matrix.rows() == matrix.columns && order.size() == index(matrix.rows()));
    std::vector<std::int32_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        place[index(order[i])] = static_cast<std::int32_t>(i);
    Csr<Scalar> result;
    result.columns = matrix.columns;
    result.row_start.assign(order.size() + 1, 0);
    result.column.resize(matrix.column.size());
    result.value.resize(matrix.value.size());
    RowSort<Scalar> sort;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto begin = index(matrix.row_start[index(order[i])]);
        const auto count = index(matrix.row_start[index(order[i]) + 1]) - begin;
        const std::span column = std::span(result.column).subspan(kept, count);
        const std::span value = std::span(result.value).subspan(kept, count);
        for (std::size_t j = 0; j < count; ++j) {
            column[j] = place[index(matrix.column[begin + j])];
            value[j] = matrix.value[begin + j];
        }
        sort(column, value);
        kept += count;
        result.row_start[i + 1] = static_cast<std::int64_t>(kept);
    }
    return result;
}

#define ASP_INSTANTIATE_COLUMN(Scalar, Column)                               \
    template void check(const CsrView<Scalar, Column>&, const std::string&); \
    template bool is_structurally_symmetric(const CsrView<Scalar, Column>&);
#define ASP_INSTANTIATE(Scalar)                                                               \
    ASP_INSTANTIATE_COLUMN(Scalar, std::int32_t)                                              \
    ASP_INSTANTIATE_COLUMN(Scalar, std::int64_t)                                              \
    template Assembly merge_duplicates(Csr<Scalar>&);                                         \
    template Csr<Scalar> assemble(std::int64_t, std::int64_t, std::span<const Entry<Scalar>>, \
                                  Assembly*);                                                 \
    template Csr<Scalar> transposed(const CsrView<Scalar>&);                                  \
    template Csr<Scalar> permuted(const CsrView<Scalar>&, std::span<const std::int32_t>);
ASP_INSTANTIATE(double)
ASP_INSTANTIATE(float)
ASP_INSTANTIATE(std::complex<double>)
ASP_INSTANTIATE(std::complex<float>)

}  // namespace krylov
