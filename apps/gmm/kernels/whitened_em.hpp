#pragma once
// One pass of EM over full covariances, whitened: y = L^-1 (x - mean) of each component gives its
// score, and the moments of y the new covariance, so that their squares lose
// nothing to cancellation; y itself has rounding errors as of x / (standard deviation).
// Freestanding.

#include "gmm/kernels/block.hpp"
#include "gmm/kernels/frames.hpp"

namespace gmm {

/// Configuration: Real, lanes, registers, tile (frames, divides frames_per_flush, whole vectors),
/// dimension and components (0: the call says).
///
/// Components run along the lanes; for each vector of them, one behind the other, stand
///     parameters [D + D(D+1)/2, lanes]: offsets o_i, then L^-1_ij, j <= i, so that
///         y_i = o_i + sum_j L^-1_ij x_j and scores are constants[m] - |y|^2 / 2;
///     sums [1 + D + D(D+1)/2, lanes]: of r, r y_i, r y_i y_j.
template <class Configuration>
struct WhitenedEm {
    using Real = typename Configuration::Real;
    static constexpr int lanes = Configuration::lanes, tile = Configuration::tile;
    static constexpr int registers = Configuration::registers;
    using V = typename LanesOf<Real, lanes>::Vector;
    static constexpr long frames_per_flush = gmm::frames_per_flush;
    static_assert(frames_per_flush % tile == 0 && tile % lanes == 0);
    /// Edge of a block of moments that stays in registers.
    static constexpr int edge = registers >= 32 ? 5 : 3;

    static constexpr long packed(long i, long j) { return i * (i + 1) / 2 + j; }
    static int run(const asp::Arguments& arguments, long lo, long hi) {
        return run_slabs<WhitenedEm, Configuration>(arguments, lo, hi);
    }

private:
    friend int run_slabs<WhitenedEm, Configuration>(const asp::Arguments&, long, long);

    const Call<Configuration>& call;
    const long D = call.D, stride = Scratch<Real>::rounded(D);
    const long rows_of_sums = 1 + D + packed(D, 0), rows_of_parameters = D + packed(D, 0);
    Totals totals;
    double* sums = nullptr;
    Real *x, *score, *largest, *weight, *evidence, *factor, *occupancy, *white, *scaled, *partial;

    ASP_FN WhitenedEm(const Call<Configuration>& given, long slab) : call(given) {
        if (double* const all = call.template optional<double>(Operand::sums))
            sums = all + slab * rows_of_sums * call.wide;
        Scratch<Real> memory{call.template array<Real>(Operand::scratch)};
        x = memory.take(tile * stride);
        score = memory.take(tile * call.wide);
        largest = memory.take(tile * lanes);
        weight = memory.take(tile);
        evidence = memory.take(tile);
        factor = memory.take(tile);
        occupancy = memory.take(call.wide);
        white = memory.take(call.wide * D * tile);
        scaled = memory.take(edge * tile * lanes);
        partial = memory.take(rows_of_sums * call.wide);
        for (long i = 0; i < rows_of_sums * call.wide; ++i) partial[i] = Real(0);
        for (long m = 0; m < call.wide; ++m) occupancy[m] = Real(0);
    }

    ASP_FN void do_tile(long first, long end) {
        const long count = end - first < tile ? end - first : tile;
        call.fetch(first, end, tile, x, stride, weight, [](Real*, auto) ASP_INLINE_LAMBDA {});
        const long vectors = call.filled / lanes;
        long v = 0;
        for (; v + 2 <= vectors; v += 2) whiten<2>(v, first + tile, end);
        constexpr long fixed = (Configuration::components + lanes - 1) / lanes;
        if constexpr (fixed == 0 || fixed % 2 == 1)
            if (v < vectors) whiten<1>(v, first + tile, end);
        call.find_largest(score, tile, largest);
        call.respond(score, largest, first, count, tile, weight, evidence, factor, totals.sums);
        if (!sums) return;
        call.apply_factors(score, tile, factor, occupancy);
        for (v = 0; v < vectors; ++v) add_moments(v);
    }

    /// The place of y_i of a vector's components: [tile, lanes].
    ASP_FN Real* white_at(long v, long i) const { return white + (v * D + i) * tile * lanes; }

    /// `next`: the first frame of the next tile.
    template <int vectors>
    ASP_FN void whiten(long v, long next, long end) const {
        constexpr int most = (registers >= 32 ? 12 : 6) / vectors;
        const long apart = rows_of_parameters * lanes;
        const Real* const offsets =
            call.template array<const Real>(Operand::parameters) + v * apart;
        const Real* const constants =
            call.template array<const Real>(Operand::constants) + v * lanes;
        for_rows<most, tile>(tile, [&](auto rows, long t) ASP_INLINE_LAMBDA {
            if (v == 0) call.look_ahead(next + t, next + t + rows.value, end);
            V square[rows.value][vectors] = {};
            const Real* factors = offsets + D * lanes;
            for (long i = 0; i < D; ++i) {
                V y[rows.value][vectors];
                for (int r = 0; r < rows.value; ++r)
                    for (int w = 0; w < vectors; ++w)
                        y[r][w] = load<V>(offsets + i * lanes + w * apart);
                add_products(y, x + t * stride, stride, 1, factors, lanes, apart, i + 1);
                for (int r = 0; r < rows.value; ++r)
                    for (int w = 0; w < vectors; ++w) {
                        store(white_at(v + w, i) + (t + r) * lanes, y[r][w]);
                        square[r][w] = y[r][w] * y[r][w] + square[r][w];
                    }
                factors += (i + 1) * lanes;
            }
            for (int r = 0; r < rows.value; ++r)
                for (int w = 0; w < vectors; ++w)
                    store(score + (t + r) * call.wide + (v + w) * lanes,
                          load<V>(constants + w * lanes) - square[r][w] * Real(0.5));
        });
    }

    ASP_FN void add_moments(long v) const {
        Real* const first = partial + (v * rows_of_sums + 1) * lanes;
        for_rows<edge, Configuration::dimension>(D, [&](auto rows, long i) ASP_INLINE_LAMBDA {
            for (int a = 0; a < rows.value; ++a) {
                V sum = load<V>(first + (i + a) * lanes);
                for (long t = 0; t < tile; ++t) {
                    const V r = load<V>(score + t * call.wide + v * lanes);
                    const V ry = load<V>(white_at(v, i + a) + t * lanes) * r;
                    store(scaled + (a * tile + t) * lanes, ry);
                    sum += ry;
                }
                store(first + (i + a) * lanes, sum);
            }
            for (long j = 0; j < i; j += edge) add_block<rows.value, edge, false>(v, i, j);
            add_block<rows.value, rows.value, true>(v, i, i);
        });
    }

    /// Moments of rows i, ... and columns j, ...; on the diagonal the lower triangle only.
    template <int rows, int columns, bool is_diagonal>
    ASP_FN void add_block(long v, long i, long j) const {
        Real* const second = partial + (v * rows_of_sums + 1 + D) * lanes;
        V sum[rows][columns] = {};
        for (int a = 0; a < rows; ++a)
            for (int b = 0; b < columns; ++b)
                if (!is_diagonal || b <= a)
                    sum[a][b] = load<V>(second + packed(i + a, j + b) * lanes);
        const Real* down = scaled;
        const Real* across = white_at(v, j);
        for (long t = 0; t < tile; ++t) {
            V y[columns];
            for (int b = 0; b < columns; ++b) y[b] = load<V>(across + b * tile * lanes);
            for (int a = 0; a < rows; ++a) {
                const V ry = load<V>(down + a * tile * lanes);
                for (int b = 0; b < columns; ++b)
                    if (!is_diagonal || b <= a) sum[a][b] = ry * y[b] + sum[a][b];
            }
            down += lanes;
            across += lanes;
        }
        for (int a = 0; a < rows; ++a)
            for (int b = 0; b < columns; ++b)
                if (!is_diagonal || b <= a) store(second + packed(i + a, j + b) * lanes, sum[a][b]);
    }

    ASP_FN void flush_sums() const {
        if (!sums) return;
        for (long v = 0; v < call.filled / lanes; ++v)
            for (long l = 0; l < lanes; ++l) {
                partial[v * rows_of_sums * lanes + l] = occupancy[v * lanes + l];
                occupancy[v * lanes + l] = Real(0);
            }
        flush(partial, sums, rows_of_sums * call.filled);
    }
};

}  // namespace gmm
