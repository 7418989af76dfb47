#include "krylov/detail/renumbered_powers.hpp"

#include <algorithm>
#include <span>

namespace krylov::detail {
namespace {

constexpr std::size_t grain = 16384;  // rows

/// to[i] = from[number[i]] for all rows of all vectors; numbers are those of blocks. What is read
/// lies anywhere, what is written in one piece.
template <class Scalar>
struct Gathering {
    std::span<const std::int32_t> number;
    std::size_t block, vectors;
    const asp::Team* team;

    void run(const Scalar* from, Scalar* to) const {
        const std::size_t rows = number.size() * block;
        const auto gather = [&](std::size_t begin, std::size_t end) {
            for (std::size_t v = 0; v < vectors; ++v) {
                const Scalar* const x = from + v * rows;
                Scalar* const y = to + v * rows;
                if (block == 1)
                    for (std::size_t i = begin; i < end; ++i)
                        y[i] = x[static_cast<std::size_t>(number[i])];
                else
                    for (std::size_t i = begin; i < end; ++i)
                        std::copy_n(x + static_cast<std::size_t>(number[i]) * block, block,
                                    y + i * block);
            }
        };
        asp::run_on(team, gather, 0, number.size(), grain);
    }
};

}  // namespace

std::size_t renumbered_vectors(Keep keep) {
    return keep == Keep::polynomial ? 2 : 1;  // x and the sum, or the last level
}

template <class Scalar>
void make_renumbered_levels(const Engine<Scalar>& engine, const Renumbering& numbering,
                            const Schedule* schedule, std::int64_t items_per_unit,
                            const Recurrence& recurrence, const Vectors<Scalar>& vectors,
                            std::size_t vectors_at_once, asp::HugeVector<Scalar>& memory,
                            const asp::Team* team, const Finished& finished) {
    const auto block = static_cast<std::size_t>(numbering.block);
    const Gathering<Scalar> in{numbering.order, block, vectors_at_once, team};
    const Gathering<Scalar> out{numbering.place, block, vectors_at_once, team};
    const std::size_t size = vectors_at_once * numbering.order.size() * block;
    const std::size_t k = recurrence.k();
    Vectors<Scalar> inside = vectors;
    if (vectors.sum != nullptr) {
        inside.level[0] = memory.data();
        inside.sum = memory.data() + size;
        // Without a first coefficient the sum has already begun.
        if (vectors.coefficient[0] == 0.0) in.run(vectors.sum, inside.sum);
    } else {
        // Each level is made where the next one is to come out: that place is free when it does.
        for (std::size_t p = 0; p < k; ++p) inside.level[p] = vectors.level[p + 1];
        inside.level[k] = memory.data();
    }
    in.run(vectors.level[0], inside.level[0]);
    make_levels(engine, schedule, items_per_unit, recurrence, inside, team);
    if (vectors.sum != nullptr)
        out.run(inside.sum, vectors.sum);
    else
        for (std::size_t p = 1; p <= k; ++p) out.run(inside.level[p], vectors.level[p]);
    const auto report = [&](std::size_t begin, std::size_t end) {
        finished(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    };
    if (finished) asp::run_on(team, report, 0, numbering.order.size() * block, grain);
}

#define KRYLOV_INSTANTIATE(Scalar)                                                        \
    template void make_renumbered_levels(                                                 \
        const Engine<Scalar>&, const Renumbering&, const Schedule*, std::int64_t,         \
        const Recurrence&, const Vectors<Scalar>&, std::size_t, asp::HugeVector<Scalar>&, \
        const asp::Team*, const Finished&);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov::detail
