#pragma once
// The one product that EM spends its time in, for a block of registers. Freestanding.

#include "gmm/kernels/lanes.hpp"

namespace gmm {

/// Rows of a block with so many vectors across: as many as leave registers for the operands.
template <int registers>
constexpr int rows_beside(int vectors) {
    if (registers >= 32) return vectors <= 2 ? 12 : vectors == 3 ? 8 : vectors == 4 ? 6 : 5;
    return vectors == 1 ? 8 : vectors == 2 ? 6 : 4;
}
template <int registers>
constexpr int most_vectors = registers >= 32 ? 5 : 3;

/// sum[r][v] += a[r * a_row + s * a_step] b[s * b_step + v], for s in [0, steps): each sum in the
/// order of s. Steps count Reals, also `b_vector` from one vector to the next.
template <int rows, int vectors, class Real, class V>
ASP_FN void add_products(V (&sum)[rows][vectors], const Real* a, long a_row, long a_step,
                         const Real* b, long b_step, long b_vector, long steps) {
    for (long s = 0; s < steps; ++s) {
        V across[vectors];
        for (int v = 0; v < vectors; ++v) across[v] = load<V>(b + v * b_vector);
        for (int r = 0; r < rows; ++r) {
            const Real down = a[r * a_row];
            for (int v = 0; v < vectors; ++v) sum[r][v] = across[v] * down + sum[r][v];
        }
        a += a_step;
        b += b_step;
    }
}

template <int n>
struct Count {
    static constexpr int value = n;
};
template <int left, class Work>
ASP_FN void last_rows(long first, long count, Work work) {
    if constexpr (left > 0) {
        if (count - first == left)
            work(Count<left>(), first);
        else
            last_rows<left - 1>(first, count, work);
    }
}
/// Calls `work(Count<n>(), first)` for pieces of [0, count) of `rows`, and for what is left. A
/// `fixed` count other than 0 is the count: pieces of other sizes are not even compiled.
template <int rows, long fixed, class Work>
ASP_FN void for_rows(long count, Work work) {
    long first = 0;
    for (; first + rows <= count; first += rows) work(Count<rows>(), first);
    if constexpr (fixed == 0)
        last_rows<rows - 1>(first, count, work);
    else if constexpr (fixed % rows != 0)
        work(Count<fixed % rows>(), first);
}

}  // namespace gmm
