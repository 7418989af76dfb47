#include "krylov/distributed/detail/closure.hpp"

#include <algorithm>

#include "krylov/distributed/detail/mpi.hpp"

namespace krylov::detail {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// Rows that rise, in parcels to their owners.
Parcels<std::int64_t> to_owners(const RowLayout& layout, std::vector<std::int64_t> rows) {
    Parcels<std::int64_t> parcels{std::vector<std::int64_t>(at(layout.ranks())), std::move(rows)};
    for (const std::int64_t row : parcels.items) ++parcels.count[at(layout.owner(row))];
    return parcels;
}

/// What owners are asked for and what they answer, rank by rank.
struct Answers {
    Parcels<std::int64_t> length, column, level;
    Parcels<double> value;
};

Answers answers_to(const Parcels<std::int64_t>& requests, const OwnRows& own,
                   std::int64_t first_row, const std::vector<std::int32_t>& levels) {
    Answers answers;
    answers.length.count = answers.level.count = requests.count;
    answers.column.count.resize(requests.count.size());
    auto request = requests.items.begin();
    for (std::size_t rank = 0; rank < requests.count.size(); ++rank)
        for (std::int64_t i = 0; i < requests.count[rank]; ++i) {
            const std::size_t row = at(*request++ - first_row);
            const std::int64_t begin = own.row_start[row], end = own.row_start[row + 1];
            answers.level.items.push_back(levels[row]);
            answers.length.items.push_back(end - begin);
            answers.column.count[rank] += end - begin;
            answers.column.items.insert(answers.column.items.end(), own.column.begin() + begin,
                                        own.column.begin() + end);
            answers.value.items.insert(answers.value.items.end(), own.value.begin() + begin,
                                       own.value.begin() + end);
        }
    answers.value.count = answers.column.count;
    return answers;
}

/// Sorted, each once, without the own rows and what stands in `known`, which is sorted.
std::vector<std::int64_t> new_rows(std::span<const std::int64_t> columns, std::int64_t first,
                                   std::int64_t last, const std::vector<std::int64_t>& known) {
    std::vector<std::int64_t> outside, fresh;
    for (const std::int64_t column : columns)
        if (column < first || column >= last) outside.push_back(column);
    std::ranges::sort(outside);
    outside.erase(std::unique(outside.begin(), outside.end()), outside.end());
    std::ranges::set_difference(outside, known, std::back_inserter(fresh));
    return fresh;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::vector<std::int32_t> levels_alone(const OwnRows& own, std::int64_t first_row, std::int32_t k) {
    const std::int64_t rows = own.rows();
    std::vector<std::int32_t> levels(at(rows), 0);
    // A row that has level j - 1 gets level j where all its columns have level j - 1 at least.
    for (std::int32_t level = 1; level <= k; ++level)
        for (std::int64_t i = 0; i < rows; ++i) {
            if (levels[at(i)] != level - 1) continue;
            const auto begin = own.column.begin() + own.row_start[at(i)];
            const auto end = own.column.begin() + own.row_start[at(i) + 1];
            const bool has_all = std::all_of(begin, end, [&](std::int64_t column) {
                const std::int64_t local = column - first_row;
                return local >= 0 && local < rows && levels[at(local)] >= level - 1;
            });
            if (has_all) levels[at(i)] = level;
        }
    return levels;
}

Ghosts gather_ghosts(const Communicator& communicator, const RowLayout& layout, const OwnRows& own,
                     const std::vector<std::int32_t>& levels, std::int32_t k) {
    const std::int64_t first = layout.start[at(communicator.rank())];
    const std::int64_t last = layout.start[at(communicator.rank()) + 1];
    Ghosts ghosts;
    std::vector<std::int64_t> known;
    std::vector<std::int64_t> columns(own.column.begin(), own.column.end());
    for (std::int32_t distance = 1; distance <= k; ++distance) {
        const auto fresh = new_rows(columns, first, last, known);
        append(ghosts.row, fresh);
        const auto requests = exchange(communicator, to_owners(layout, fresh));
        const Answers answers = answers_to(requests, own, first, levels);
        const auto level = exchange(communicator, answers.level);
        ghosts.levels.insert(ghosts.levels.end(), level.items.begin(), level.items.end());
        if (distance == k) break;
        const auto length = exchange(communicator, answers.length);
        for (const std::int64_t entries : length.items)
            ghosts.row_start.push_back(ghosts.row_start.back() + entries);
        columns = exchange(communicator, answers.column).items;
        append(ghosts.column, columns);
        append(ghosts.value, exchange(communicator, answers.value).items);
        std::vector<std::int64_t> all;
        std::ranges::set_union(known, fresh, std::back_inserter(all));
        known = std::move(all);
    }
    return ghosts;
}

}  // namespace krylov::detail
