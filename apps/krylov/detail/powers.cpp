#include "krylov/detail/powers.hpp"

#include <algorithm>

namespace krylov::detail {
namespace {

/// Level p + 1 from level p.
template <class Scalar>
typename Engine<Scalar>::Level level_after(std::size_t p, const Recurrence& recurrence,
                                           const Vectors<Scalar>& vectors) {
    const Scalar* const x = vectors.level[p];
    typename Engine<Scalar>::Level level{x, p > 0 ? vectors.level[p - 1] : x, vectors.level[p + 1],
                                         vectors.sum};
    level.a = recurrence.a[p];
    level.b = recurrence.b[p];
    level.c = recurrence.c[p];
    if (vectors.sum != nullptr) {
        level.w = vectors.coefficient[p + 1];
        level.w0 = p == 0 ? vectors.coefficient[0] : 0.0;
    }
    return level;
}

/// After the last of plain products: nothing is in cache, but harts share it.
void report_all(std::int64_t rows, const asp::Team* team, const Finished& finished) {
    const auto part = [&](std::size_t begin, std::size_t end) {
        finished(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    };
    asp::run_on(team, part, 0, static_cast<std::size_t>(rows), 16384);
}

}  // namespace

template <class Scalar>
void make_levels(const Engine<Scalar>& engine, const Schedule* schedule,
                 std::int64_t items_per_unit, const Recurrence& recurrence,
                 const Vectors<Scalar>& vectors, const asp::Team* team, const Finished& finished) {
    const asp::Kernel& kernel = engine.kernel(terms_of(recurrence), vectors.sum != nullptr);
    std::vector<typename Engine<Scalar>::Level> levels;
    for (std::size_t p = 0; p < recurrence.k(); ++p)
        levels.push_back(level_after(p, recurrence, vectors));
    if (schedule == nullptr) {
        for (const auto& level : levels) engine.run(kernel, level, team);
        if (finished) report_all(engine.rows(), team, finished);
        return;
    }
    const std::int64_t rows_per_unit = items_per_unit * engine.rows_per_item();
    const auto depth = static_cast<std::size_t>(schedule->depth());
    for (std::size_t done = 0; done < levels.size(); done += depth) {
        const std::size_t now = std::min(depth, levels.size() - done);
        const bool is_last = done + now == levels.size();
        schedule->run(team, [&](std::int32_t tile) {
            for (std::size_t p = 0; p < now; ++p)
                for (const Schedule::Range& r : schedule->ranges(tile, static_cast<int>(p) + 1)) {
                    engine.run(kernel, levels[done + p], r.first * items_per_unit,
                               std::min(r.last * items_per_unit, engine.items()));
                    if (finished && is_last && p + 1 == now)
                        finished(r.first * rows_per_unit, r.last * rows_per_unit);
                }
        });
    }
}

#define KRYLOV_INSTANTIATE(Scalar)                                                         \
    template void make_levels(const Engine<Scalar>&, const Schedule*, std::int64_t,        \
                              const Recurrence&, const Vectors<Scalar>&, const asp::Team*, \
                              const Finished&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
