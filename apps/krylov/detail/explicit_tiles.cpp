#include "krylov/detail/explicit_tiles.hpp"

#include <algorithm>
#include <atomic>

#include "asp/base/error.hpp"
#include "krylov/detail/multiply_add.hpp"

namespace krylov::detail {

template <class Scalar>
struct ExplicitTiles<Scalar>::Tile {
    /// Rows that follow one another both here and in the matrix.
    struct Run {
        std::int64_t here, there, count;
        bool is_own;
    };
    std::vector<Run> runs;
    Engine<Scalar> engine;
    /// [level][...] ranges of slices to be made.
    std::vector<std::vector<Schedule::Range>> ranges;

    /// The next rows of the closure.
    void append(std::int64_t there, std::int64_t count, bool is_own) {
        const std::int64_t here = runs.empty() ? 0 : runs.back().here + runs.back().count;
        if (!runs.empty() && runs.back().is_own == is_own &&
            runs.back().there + runs.back().count == there)
            runs.back().count += count;
        else
            runs.push_back({here, there, count, is_own});
    }
};

/// What one thread works in.
template <class Scalar>
struct ExplicitTiles<Scalar>::Memory {
    asp::HugeVector<Scalar> values;
};

namespace {

/// The blocks of rows in a tile's closure, rising, and how many levels each is away from the tile's
/// own. Whole blocks: one that is torn between a tile's rim and its inside could not be packed.
struct Closure {
    std::vector<std::int64_t> blocks;
    std::vector<int> distance;
};

template <class Scalar, class Column>
class Closures {
public:
    Closures(const CsrView<Scalar, Column>& matrix, int block)
        : matrix_(matrix),
          block_(block),
          distance_(static_cast<std::size_t>(matrix.rows() / block), -1) {}

    Closure of(std::span<const std::int64_t> own, int depth) {
        Closure closure;
        closure.blocks.assign(own.begin(), own.end());
        for (const std::int64_t b : own) distance_[static_cast<std::size_t>(b)] = 0;
        std::size_t begin = 0;
        for (int d = 1; d <= depth; ++d) {
            const std::size_t end = closure.blocks.size();
            for (; begin < end; ++begin) reach(closure.blocks[begin], d, closure.blocks);
        }
        std::ranges::sort(closure.blocks);
        for (const std::int64_t b : closure.blocks) {
            closure.distance.push_back(distance_[static_cast<std::size_t>(b)]);
            distance_[static_cast<std::size_t>(b)] = -1;
        }
        return closure;
    }

private:
    void reach(std::int64_t b, int d, std::vector<std::int64_t>& blocks) {
        const auto begin = matrix_.row_start[static_cast<std::size_t>(b * block_)],
                   end = matrix_.row_start[static_cast<std::size_t>((b + 1) * block_)];
        for (auto e = begin; e < end; ++e) {
            const auto read = matrix_.column[static_cast<std::size_t>(e)] / block_;
            int& known = distance_[static_cast<std::size_t>(read)];
            if (known >= 0) continue;
            known = d;
            blocks.push_back(read);
        }
    }

    const CsrView<Scalar, Column>& matrix_;
    int block_;
    std::vector<int> distance_;
};

/// The closure's part of the matrix in its own numbers. Blocks at its rim stay empty: they are only
/// read. Numbers rise as in the matrix, so that rows are added up in the same order.
template <class Scalar, class Column>
Csr<Scalar> local_matrix(const CsrView<Scalar, Column>& matrix, const Closure& closure, int depth,
                         int block) {
    Csr<Scalar> local;
    local.columns = std::ssize(closure.blocks) * block;
    for (std::int64_t i = 0; i < local.columns; ++i) {
        const auto b = static_cast<std::size_t>(i / block);
        const auto r = static_cast<std::size_t>(closure.blocks[b] * block + i % block);
        auto from = closure.blocks.begin();
        for (auto e = matrix.row_start[r];
             closure.distance[b] < depth && e < matrix.row_start[r + 1]; ++e) {
            const auto at = static_cast<std::size_t>(e);
            const auto column = static_cast<std::int64_t>(matrix.column[at]);
            from = std::lower_bound(from, closure.blocks.end(), column / block);
            local.column.push_back(static_cast<std::int32_t>(
                (from - closure.blocks.begin()) * block + column % block));
            local.value.push_back(matrix.value[at]);
        }
        local.row_start.push_back(local.nonzeros());
    }
    return local;
}

/// Slices with a block at most `distance` away from the tile's own.
std::vector<Schedule::Range> slices_within(const Closure& closure, std::int64_t lanes,
                                           int distance) {
    std::vector<Schedule::Range> ranges;
    for (std::size_t i = 0; i < closure.blocks.size(); ++i) {
        if (closure.distance[i] > distance) continue;
        const auto slice = static_cast<std::int32_t>(static_cast<std::int64_t>(i) / lanes);
        if (ranges.empty() || ranges.back().last < slice)
            ranges.push_back({slice, slice + 1});
        else
            ranges.back().last = slice + 1;
    }
    return ranges;
}

/// The blocks of each tile.
std::vector<std::vector<std::int64_t>> blocks_of(const Tiling& tiling, std::int64_t blocks,
                                                 std::int64_t blocks_per_unit) {
    std::vector<std::vector<std::int64_t>> own(static_cast<std::size_t>(tiling.tiles));
    for (std::int64_t b = 0; b < blocks; ++b) {
        const auto unit = static_cast<std::size_t>(b / blocks_per_unit);
        own[static_cast<std::size_t>(tiling.tile_of[unit])].push_back(b);
    }
    return own;
}

}  // namespace

template <class Scalar>
template <class Column>
ExplicitTiles<Scalar>::ExplicitTiles(const CsrView<Scalar, Column>& matrix, const Tiling& tiling,
                                     std::int64_t rows_per_unit, int depth, const SliceShape& shape,
                                     const ShortForm<Scalar>& form, int vectors,
                                     const asp::Context& context, const asp::Team* team)
    : depth_(depth), vectors_(vectors), rows_(matrix.rows()) {
    const int block = shape.rows;
    ASP_ASSERT(rows_ % block == 0 && rows_per_unit % block == 0);
    const auto own = blocks_of(tiling, rows_ / block, rows_per_unit / block);
    tiles_.resize(own.size());
    std::atomic<std::int64_t> computed{0};
    const auto build = [&](std::size_t begin, std::size_t end) {
        Closures<Scalar, Column> closures(matrix, block);
        for (std::size_t t = begin; t < end; ++t) {
            const Closure closure = closures.of(own[t], depth);
            const Csr<Scalar> local = local_matrix(matrix, closure, depth, block);
            tiles_[t].reset(
                new Tile{{},
                         Engine<Scalar>(pack(local.view(), shape, nullptr, form), vectors, context),
                         {}});
            for (std::size_t i = 0; i < closure.blocks.size(); ++i)
                tiles_[t]->append(closure.blocks[i] * block, block, closure.distance[i] == 0);
            for (int p = 1; p <= depth; ++p) {
                tiles_[t]->ranges.push_back(slices_within(closure, shape.lanes, depth - p));
                computed += block * std::ranges::count_if(closure.distance,
                                                          [&](int d) { return d <= depth - p; });
            }
        }
    };
    const std::size_t count = own.size();
    if (team == nullptr)
        build(0, count);
    else
        team->run(build, 0, count, count / team->harts() + 1);
    for (const auto& tile : tiles_) alike_[tile->engine.sliced()->index_bytes / 4] = &tile->engine;
    redundancy_ = static_cast<double>(computed) /
                  static_cast<double>(std::max<std::int64_t>(matrix.rows() * depth, 1));
}

template <class Scalar>
ExplicitTiles<Scalar>::~ExplicitTiles() = default;

template <class Scalar>
void ExplicitTiles<Scalar>::work_on(const Tile& tile, const Recurrence& recurrence,
                                    std::size_t done, const Vectors<Scalar>& vectors,
                                    Memory& memory) const {
    const auto n = static_cast<std::size_t>(tile.engine.rows());
    const auto m = static_cast<std::size_t>(vectors_);
    const std::size_t now = std::min(static_cast<std::size_t>(depth_), recurrence.k() - done);
    // One level more than are made: the one before the first, for three terms. Zeros at first, so
    // that what is never made stays harmless where zeros meet it.
    memory.values.assign((now + 3) * m * n, Scalar{});
    const auto place = [&](std::size_t p) { return memory.values.data() + (p + 1) * m * n; };
    const auto copy_in = [&](const Scalar* from, Scalar* to, bool only_own) {
        for (std::size_t v = 0; v < m; ++v)
            for (const auto& run : tile.runs)
                if (run.is_own || !only_own)
                    std::copy_n(from + v * static_cast<std::size_t>(rows_) + run.there, run.count,
                                to + v * n + run.here);
    };
    const auto copy_own = [&](const Scalar* from, Scalar* to) {
        for (std::size_t v = 0; v < m; ++v)
            for (const auto& run : tile.runs)
                if (run.is_own)
                    std::copy_n(from + v * n + run.here, run.count,
                                to + v * static_cast<std::size_t>(rows_) + run.there);
    };
    copy_in(vectors.level[done], place(0), false);
    if (done > 0) copy_in(vectors.level[done - 1], memory.values.data(), false);
    Scalar* const sum = place(now + 1);
    if (vectors.sum != nullptr &&
        (done > 0 || static_cast<Real<Scalar>>(vectors.coefficient[0]) == 0))
        copy_in(vectors.sum, sum, true);

    const Engine<Scalar>& like = *alike_[tile.engine.sliced()->index_bytes / 4];
    const asp::Kernel& kernel = like.kernel(terms_of(recurrence), vectors.sum != nullptr);
    for (std::size_t p = 0; p < now; ++p) {
        const std::size_t q = done + p;
        typename Engine<Scalar>::Level level{place(p), q > 0 ? place(p) - m * n : place(p),
                                             place(p + 1), vectors.sum != nullptr ? sum : nullptr};
        level.a = recurrence.a[q];
        level.b = recurrence.b[q];
        level.c = recurrence.c[q];
        if (vectors.sum != nullptr) {
            level.w = vectors.coefficient[q + 1];
            level.w0 = q == 0 ? vectors.coefficient[0] : 0.0;
        }
        for (const Schedule::Range& r : tile.ranges[p + static_cast<std::size_t>(depth_) - now])
            tile.engine.run(kernel, level, r.first, r.last);
        if (vectors.level[q + 1] != nullptr) copy_own(place(p + 1), vectors.level[q + 1]);
    }
    if (vectors.sum != nullptr) copy_own(sum, vectors.sum);
}

template <class Scalar>
void ExplicitTiles<Scalar>::make_levels(const Recurrence& recurrence,
                                        const Vectors<Scalar>& vectors, const asp::Team* team,
                                        const Finished& finished) const {
    for (std::size_t done = 0; done < recurrence.k(); done += static_cast<std::size_t>(depth_)) {
        const auto part = [&](std::size_t begin, std::size_t end) {
            Memory memory;
            for (std::size_t t = begin; t < end; ++t) {
                work_on(*tiles_[t], recurrence, done, vectors, memory);
                if (!finished || done + static_cast<std::size_t>(depth_) < recurrence.k()) continue;
                for (const auto& run : tiles_[t]->runs)
                    if (run.is_own) finished(run.there, run.there + run.count);
            }
        };
        const std::size_t count = tiles_.size();
        if (team == nullptr)
            part(0, count);
        else
            team->run(part, 0, count, std::max<std::size_t>(1, count / (8 * team->harts())));
    }
}

template <class Scalar>
std::size_t ExplicitTiles<Scalar>::bytes() const {
    std::size_t total = 0;
    for (const auto& tile : tiles_)
        total += tile->engine.bytes() + tile->runs.size() * sizeof(typename Tile::Run);
    return total;
}

template <class Scalar>
const Engine<Scalar>& ExplicitTiles<Scalar>::engine() const {
    ASP_ASSERT(!tiles_.empty());
    return tiles_.front()->engine;
}

#define KRYLOV_INSTANTIATE_FROM(Scalar, Column)                                              \
    template ExplicitTiles<Scalar>::ExplicitTiles(                                           \
        const CsrView<Scalar, Column>&, const Tiling&, std::int64_t, int, const SliceShape&, \
        const ShortForm<Scalar>&, int, const asp::Context&, const asp::Team*);
#define KRYLOV_INSTANTIATE(Scalar)                \
    template class ExplicitTiles<Scalar>;         \
    KRYLOV_INSTANTIATE_FROM(Scalar, std::int32_t) \
    KRYLOV_INSTANTIATE_FROM(Scalar, std::int64_t)
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
