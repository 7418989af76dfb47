#include <algorithm>
#include <cmath>

#include "krylov/detail/generators.hpp"

namespace krylov::detail {
namespace {

/// Appends rows of random columns and values to a square matrix.
class RandomRows {
public:
    RandomRows(std::int64_t rows, std::uint64_t seed) : random(seed) { matrix_.columns = rows; }

    /// Adds a row of `count` different columns of [begin, end), the diagonal among them; `draw()`
    /// proposes columns.
    template <class Draw>
    void add(std::int64_t begin, std::int64_t end, std::int64_t count, Draw&& draw) {
        const std::int64_t row = matrix_.rows();
        count = std::min(count, end - begin);
        columns_.assign(1, static_cast<std::int32_t>(row));
        if (2 * count > end - begin)
            choose_by_passing(begin, end, count);
        else
            while (std::ssize(columns_) < count) {
                while (std::ssize(columns_) < count)
                    columns_.push_back(static_cast<std::int32_t>(draw()));
                drop_repeated();
            }
        drop_repeated();
        for (const std::int32_t c : columns_) {
            matrix_.column.push_back(c);
            matrix_.value.push_back(random.between(-1.0, 1.0));
        }
        matrix_.row_start.push_back(matrix_.nonzeros());
    }
    void reserve(double nonzeros) {
        matrix_.column.reserve(static_cast<std::size_t>(nonzeros));
        matrix_.value.reserve(static_cast<std::size_t>(nonzeros));
    }
    std::int64_t rows() const { return matrix_.rows(); }
    Csr<double> take() {
        scale_rows(matrix_);
        return std::move(matrix_);
    }

    Random random;

private:
    /// Every other column of a range, kept with the chance that leaves `count`.
    void choose_by_passing(std::int64_t begin, std::int64_t end, std::int64_t count) {
        const std::int64_t row = matrix_.rows();
        std::int64_t wanted = count - 1, left = end - begin - 1;
        for (std::int64_t c = begin; c < end; ++c) {
            if (c == row) continue;
            if (random.below(left--) >= wanted) continue;
            columns_.push_back(static_cast<std::int32_t>(c));
            --wanted;
        }
    }
    void drop_repeated() {
        std::ranges::sort(columns_);
        columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
    }

    Csr<double> matrix_;
    std::vector<std::int32_t> columns_;
};

}  // namespace

Csr<double> make_band(const Description& description) {
    const std::int64_t n = description.size[0];
    const std::int64_t half_width = description.whole("half_width", 500, 0, n);
    const std::int64_t row = description.whole("row", 25, 1, 2 * half_width + 1);
    const double nonzeros = static_cast<double>(n) * static_cast<double>(row);
    require_room(description, static_cast<double>(n), nonzeros);
    RandomRows rows(n, description.seed());
    rows.reserve(nonzeros);
    for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t begin = std::max<std::int64_t>(0, i - half_width);
        const std::int64_t end = std::min(n, i + half_width + 1);
        rows.add(begin, end, row, [&] { return begin + rows.random.below(end - begin); });
    }
    return rows.take();
}

Csr<double> make_random(const Description& description) {
    const std::int64_t n = description.size[0];
    const std::int64_t row = description.whole("row", std::min<std::int64_t>(16, n), 1, n);
    const double nonzeros = static_cast<double>(n) * static_cast<double>(row);
    require_room(description, static_cast<double>(n), nonzeros);
    RandomRows rows(n, description.seed());
    rows.reserve(nonzeros);
    for (std::int64_t i = 0; i < n; ++i) rows.add(0, n, row, [&] { return rows.random.below(n); });
    return rows.take();
}

/// Row lengths have the density l^-2.5 above a third of their mean; the columns' falls as the cube
/// of their count, on hubs spread over the numbering.
Csr<double> make_power_law(const Description& description) {
    const std::int64_t n = description.size[0];
    const std::int64_t mean = description.whole("row", std::min<std::int64_t>(16, n), 1, n);
    const double nonzeros = static_cast<double>(n) * static_cast<double>(mean);
    require_room(description, static_cast<double>(n), nonzeros);
    RandomRows rows(n, description.seed());
    rows.reserve(1.1 * nonzeros);
    std::vector<std::int32_t> by_fame(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < by_fame.size(); ++i) {
        by_fame[i] = static_cast<std::int32_t>(i);
        const auto other = rows.random.below(static_cast<std::int64_t>(i) + 1);
        std::swap(by_fame[i], by_fame[static_cast<std::size_t>(other)]);
    }
    const double shortest = static_cast<double>(mean) / 3.0;
    const double longest = std::max(1.0, static_cast<double>(n) / 8.0);
    for (std::int64_t i = 0; i < n; ++i) {
        const double length = shortest * std::pow(1.0 - rows.random.uniform(), -2.0 / 3.0);
        const auto count = static_cast<std::int64_t>(std::min(std::max(1.0, length), longest));
        rows.add(0, n, count, [&] {
            const double rank = rows.random.uniform();
            const auto famous = static_cast<std::size_t>(rank * rank * static_cast<double>(n));
            return by_fame[famous];
        });
    }
    return rows.take();
}

}  // namespace krylov::detail
