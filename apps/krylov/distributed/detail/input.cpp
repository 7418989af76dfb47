#include "krylov/distributed/detail/input.hpp"

#include <array>
#include <limits>

#include "krylov/distributed/detail/mpi.hpp"

namespace krylov::detail {
namespace {

using Problem = std::optional<std::string>;

Problem problem_of_options(const DistributedOptions& options) {
    if (options.k < 1) return fmt::format("k = {}: expected 1 or more", options.k);
    if (options.vectors < 1 || options.vectors > 8)
        return fmt::format("vectors = {}: expected 1 to 8", options.vectors);
    return std::nullopt;
}

/// Precondition: row starts that rise and end at the number of columns.
Problem problem_of_row(const OwnRows& own, std::size_t row, std::int64_t number) {
    for (auto j = own.row_start[row]; j < own.row_start[row + 1]; ++j) {
        const std::int64_t column = own.column[static_cast<std::size_t>(j)];
        if (column < 0 || column >= own.columns)
            return fmt::format("row {}: column {}: expected 0 to {}", number, column,
                               own.columns - 1);
        if (j > own.row_start[row] && own.column[static_cast<std::size_t>(j) - 1] >= column)
            return fmt::format("row {}: column {} after {}: expected rising columns", number,
                               column, own.column[static_cast<std::size_t>(j) - 1]);
    }
    return std::nullopt;
}

Problem problem_of_rows(const OwnRows& own, std::int64_t first_row) {
    if (own.row_start.empty() || own.row_start.front() != 0 ||
        own.row_start.back() != own.nonzeros() || own.column.size() != own.value.size())
        return fmt::format(
            "row starts, {} columns and {} values: expected starts from 0 to their "
            "number",
            own.column.size(), own.value.size());
    if (own.rows() > std::numeric_limits<std::int32_t>::max())
        return fmt::format("{} own rows: expected fewer than 2^31; take more ranks", own.rows());
    for (std::size_t i = 0; i + 1 < own.row_start.size(); ++i)
        if (own.row_start[i] > own.row_start[i + 1])
            return fmt::format("row {}: starts at {} and ends at {}: expected rising row starts",
                               first_row + static_cast<std::int64_t>(i), own.row_start[i],
                               own.row_start[i + 1]);
    for (std::size_t i = 0; i + 1 < own.row_start.size(); ++i)
        if (auto problem = problem_of_row(own, i, first_row + static_cast<std::int64_t>(i)))
            return problem;
    return std::nullopt;
}

/// What a rank says of itself, compared with rank 0.
using Card = std::array<std::int64_t, 5>;  // own rows, columns, k, vectors, method

Problem problem_of_card(const Card& mine, const Card& first, std::int64_t rows) {
    if (mine[1] != first[1])
        return fmt::format("{} columns: expected {} as on rank 0", mine[1], first[1]);
    if (mine[1] != rows)
        return fmt::format("{} columns and, on all ranks, {} rows: expected a square matrix",
                           mine[1], rows);
    if (!std::equal(mine.begin() + 2, mine.end(), first.begin() + 2))
        return fmt::format("k = {}, vectors = {}, method {}: expected {}, {}, {} as on rank 0",
                           mine[2], mine[3], mine[4] == 0 ? "PA1" : "PA2", first[2], first[3],
                           first[4] == 0 ? "PA1" : "PA2");
    return std::nullopt;
}

}  // namespace

RowLayout agreed_layout(const Communicator& communicator, const OwnRows& own,
                        const DistributedOptions& options) {
    const Card mine{own.row_start.empty() ? 0 : own.rows(), own.columns, options.k, options.vectors,
                    static_cast<std::int64_t>(options.method)};
    std::vector<Card> cards(static_cast<std::size_t>(communicator.size()));
    check_mpi(MPI_Allgather(mine.data(), static_cast<int>(mine.size()), MPI_INT64_T, cards.data(),
                            static_cast<int>(mine.size()), MPI_INT64_T, communicator.handle().comm),
              "MPI_Allgather");
    RowLayout layout;
    for (const Card& card : cards) layout.start.push_back(layout.start.back() + card[0]);
    Problem problem = problem_of_options(options);
    if (!problem)
        problem = problem_of_rows(own, layout.start[static_cast<std::size_t>(communicator.rank())]);
    communicator.agree(problem);  // before what only follows from it on another rank
    communicator.agree(problem_of_card(mine, cards.front(), layout.rows()));
    return layout;
}

Problem problem_of_call(const asp::Extents<3>& basis, const asp::Extents<3>& expected,
                        const Recurrence& recurrence) {
    const std::size_t k = expected[0] - 1;
    if (recurrence.a.size() != k || recurrence.b.size() != k || recurrence.c.size() != k)
        return fmt::format("a recurrence of {}, {} and {} coefficients: expected {}, which is k",
                           recurrence.a.size(), recurrence.b.size(), recurrence.c.size(), k);
    if (basis != expected)
        return fmt::format("basis [{}, {}, {}]: expected [{}, {}, {}]", basis[0], basis[1],
                           basis[2], expected[0], expected[1], expected[2]);
    return std::nullopt;
}

Problem problem_of_polynomial(const asp::Extents<2>& x, const Polynomial& polynomial,
                              const asp::Extents<2>& result) {
    if (polynomial.coefficient.size() != polynomial.recurrence.k() + 1)
        return fmt::format(
            "{} coefficients for a recurrence of {} steps: expected one more than "
            "steps",
            polynomial.coefficient.size(), polynomial.recurrence.k());
    if (x != result)
        return fmt::format("x [{}, {}] and result [{}, {}]: expected the same sizes", x[0], x[1],
                           result[0], result[1]);
    return std::nullopt;
}

}  // namespace krylov::detail
