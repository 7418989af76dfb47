#pragma once

#include <span>
#include <vector>

#include "asp/stencil/kernels/shape.hpp"

namespace asp::stencil::detail {

/// Who made a version of a field: an output of a stage. Stage from_memory: nobody, it is the memory
/// of field `output` as it was before the call; from_nowhere: undefined.
struct Version {
    int stage, output;
};
constexpr int from_memory = -1;
constexpr int from_nowhere = -2;

/// Loops and time steps in a row: each is a stage, which streams over the planes some way behind
/// the stages that it reads from. What a later stage needs of an earlier one stays in a ring of as
/// many planes as lie between them; what it needs beyond the ends of the range is computed twice.
/// Sources: Wonnacott (2000), time skewing; Datta et al. (2008), circular queues.
struct Plan {
    struct Output {
        long depth = 0;          ///< planes in its ring; 0: goes straight to memory
        bool is_result = false;  ///< ends in the caller's memory
        Version before{};        ///< has the points that the loop does not write
    };
    struct Stage {
        int loop = 0;
        bool is_needed = false;
        bool is_last = false;  ///< time step
        long halo[3]{};        ///< planes, rows, points beyond the ends of the range
        long lag = 0;          ///< planes behind the first stage
        std::vector<Version> input;
        std::vector<Output> output;
    };
    std::vector<Stage> stages;

    /// Planes, rows or points that the first stage computes beyond each end.
    long halo(int d) const;
    /// Of all rings, for tiles of so many rows of so many points.
    long ring_doubles(long rows, long points) const;
};

/// `source[f]`: the field whose result field f is in the next step; empty: itself.
Plan make_plan(const Shape& shape, long steps, std::span<const long> source);

/// Doubles between the rows of a ring: on a cache line, and not a power of two apart, which would
/// put a column of rows into the same few places of the caches.
inline long ring_row(long points, long halo) {
    return (points + 2 * halo + 15) / 8 * 8;
}

/// Rows of a tile so that rings and the planes of memory in use fill three quarters of the cache; at
/// least 8. (Of 2 MB, 7 points, ten steps of 256^3: a twentieth faster than with half.)
long choose_tile(const Shape& shape, const Plan& plan, const long* size, long cache_bytes);

/// Written fields whose old values a range reads where another one may have written already: they
/// must lie elsewhere than the results.
std::vector<bool> must_not_be_overwritten(const Shape& shape, const Plan& plan);

}  // namespace asp::stencil::detail
