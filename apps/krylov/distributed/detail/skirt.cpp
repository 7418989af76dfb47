#include "krylov/distributed/detail/skirt.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace krylov::detail {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// From global row numbers to entries.
class Numbering {
public:
    Numbering(std::int64_t first_row, std::int64_t rows, const Ghosts& ghosts)
        : first_row_(first_row), own_(at(rows), -1), ghost_(ghosts.row.size()), row_(ghosts.row) {
        std::iota(ghost_.begin(), ghost_.end(), 0);
        std::ranges::sort(ghost_, {}, [this](std::int32_t ghost) { return row_[at(ghost)]; });
    }
    void add_own(std::int32_t row) { own_[at(row)] = own_entries_++; }
    std::int32_t entry(std::int64_t row) const {
        const std::int64_t local = row - first_row_;
        if (local >= 0 && local < static_cast<std::int64_t>(own_.size())) return own_[at(local)];
        const auto found = std::ranges::lower_bound(
            ghost_, row, {}, [this](std::int32_t ghost) { return row_[at(ghost)]; });
        return own_entries_ + *found;
    }

private:
    std::int64_t first_row_;
    std::vector<std::int32_t> own_;    // [own rows] entry, -1: not in the skirt
    std::vector<std::int32_t> ghost_;  // by rising row number
    const std::vector<std::int64_t>& row_;
    std::int32_t own_entries_ = 0;
};

/// The own rows of a skirt in the order of their entries.
std::vector<std::int32_t> own_entries(const OwnRows& own, std::int64_t first_row,
                                      const std::vector<std::int32_t>& levels, const Ghosts& ghosts,
                                      std::int32_t k) {
    std::vector<std::int32_t> border, rim;
    std::vector<char> is_read(levels.size(), 0);
    const auto read = [&](std::int64_t column) {
        const std::int64_t local = column - first_row;
        if (local >= 0 && local < own.rows()) is_read[at(local)] = 1;
    };
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(levels.size()); ++i) {
        if (levels[at(i)] == k) continue;
        border.push_back(i);
        for (auto j = own.row_start[at(i)]; j < own.row_start[at(i) + 1]; ++j)
            read(own.column[at(j)]);
    }
    std::ranges::for_each(ghosts.column, read);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(levels.size()); ++i)
        if (levels[at(i)] == k && is_read[at(i)]) rim.push_back(i);
    std::ranges::stable_sort(border, std::greater<>{},
                             [&](std::int32_t row) { return levels[at(row)]; });
    rim.insert(rim.end(), border.begin(), border.end());
    return rim;
}

/// The rows of the border and the ghosts, renumbered; the order within a row stays.
Csr<double> skirt_rows(const OwnRows& own, const std::vector<std::int32_t>& entries,
                       const std::vector<std::int32_t>& levels, const Ghosts& ghosts,
                       const Numbering& numbering, std::int32_t k) {
    Csr<double> rows;
    const auto add = [&](auto column, auto value, std::int64_t begin, std::int64_t end) {
        for (std::int64_t j = begin; j < end; ++j) {
            rows.column.push_back(numbering.entry(column[at(j)]));
            rows.value.push_back(value[at(j)]);
        }
        rows.row_start.push_back(rows.nonzeros());
    };
    for (const std::int32_t row : entries)
        if (levels[at(row)] == k)
            rows.row_start.push_back(rows.nonzeros());
        else
            add(own.column, own.value, own.row_start[at(row)], own.row_start[at(row) + 1]);
    for (std::size_t ghost = 0; ghost < ghosts.row.size(); ++ghost)
        if (ghost + 1 < ghosts.row_start.size())
            add(std::span(ghosts.column), std::span(ghosts.value), ghosts.row_start[ghost],
                ghosts.row_start[ghost + 1]);
        else
            rows.row_start.push_back(rows.nonzeros());
    rows.columns = rows.rows();
    return rows;
}

void add_to(std::vector<Range>& ranges, std::int32_t entry) {
    if (!ranges.empty() && ranges.back().end == entry)
        ++ranges.back().end;
    else
        ranges.push_back({entry, entry + 1});
}

/// From the last level back to x: what each level takes of the one before, to be computed here
/// where nobody else has it, and else received.
void schedule(Skirt& skirt, const std::vector<std::int32_t>& available, std::int32_t k,
              const std::vector<int>& owner) {
    const std::int32_t entries = skirt.entries();
    const auto own = static_cast<std::int32_t>(skirt.own.size());
    std::vector<std::vector<char>> is_needed(at(k) + 1, std::vector<char>(at(entries), 0));
    std::map<int, std::vector<HaloSlot>> received;
    skirt.computed.resize(at(k) + 1);
    for (std::int32_t level = k; level >= 0; --level)
        for (std::int32_t i = 0; i < entries; ++i) {
            const bool is_mine = i < own, is_made = available[at(i)] >= level;
            if (!is_needed[at(level)][at(i)] && (!is_mine || is_made)) continue;
            if (is_made) {
                if (!is_mine) received[owner[at(i - own)]].push_back({level, i});
                continue;
            }
            add_to(skirt.computed[at(level)], i);
            const auto begin = skirt.rows.row_start[at(i)], end = skirt.rows.row_start[at(i) + 1];
            if (!is_mine) skirt.redundant_products += end - begin;
            auto& before = is_needed[at(level) - 1];
            for (auto j = begin; j < end; ++j) before[at(skirt.rows.column[at(j)])] = 1;
            // A recurrence takes the row's own two values before this one.
            before[at(i)] = 1;
            if (level >= 2) is_needed[at(level) - 2][at(i)] = 1;
        }
    for (auto& [rank, slots] : received) skirt.received.push_back({rank, std::move(slots)});
}

}  // namespace

Skirt make_skirt(const OwnRows& own, const RowLayout& layout, std::int64_t first_row,
                 const std::vector<std::int32_t>& levels, const Ghosts& ghosts, std::int32_t k,
                 GhostValues values) {
    Skirt skirt;
    skirt.own = own_entries(own, first_row, levels, ghosts, k);
    Numbering numbering(first_row, own.rows(), ghosts);
    std::vector<std::int32_t> available;
    for (const std::int32_t row : skirt.own) {
        numbering.add_own(row);
        available.push_back(levels[at(row)]);
    }
    for (std::int32_t level = 0; level <= k; ++level)
        skirt.own_end.push_back(static_cast<std::int32_t>(
            std::ranges::count_if(available, [level](auto has) { return has >= level; })));
    std::vector<int> owner;
    for (std::size_t ghost = 0; ghost < ghosts.row.size(); ++ghost) {
        available.push_back(values == GhostValues::from_owner ? ghosts.levels[ghost] : 0);
        owner.push_back(layout.owner(ghosts.row[ghost]));
    }
    skirt.rows = skirt_rows(own, skirt.own, levels, ghosts, numbering, k);
    schedule(skirt, available, k, owner);
    return skirt;
}

}  // namespace krylov::detail
