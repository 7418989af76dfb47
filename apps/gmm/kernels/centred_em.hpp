#pragma once
// One pass of EM over diagonal covariances by differences from the means: one and a half times as
// many operations as by features (feature_em.hpp), but scores and variances stay right where
// components are much narrower than the data. Freestanding.

#include "gmm/kernels/block.hpp"
#include "gmm/kernels/frames.hpp"

namespace gmm {

/// Configuration: Real, lanes, registers, tile (frames, divides frames_per_flush, whole vectors),
/// dimension and components (0: the call says).
///
/// y_i = (x_i + parameters[2 i, m]) parameters[2 i + 1, m], scores constants[m] - |y|^2 / 2;
/// parameters [2 D, wide]; sums [1 + 2 D, wide] of r, then r y_i, then r y_i^2.
template <class Configuration>
struct CentredEm {
    using Real = typename Configuration::Real;
    static constexpr int lanes = Configuration::lanes, tile = Configuration::tile;
    using V = typename LanesOf<Real, lanes>::Vector;
    static constexpr long frames_per_flush = gmm::frames_per_flush;
    static_assert(frames_per_flush % tile == 0 && tile % lanes == 0);
    static constexpr int rows = Configuration::registers >= 32 ? 12 : 6;

    static int run(const asp::Arguments& arguments, long lo, long hi) {
        return run_slabs<CentredEm, Configuration>(arguments, lo, hi);
    }

private:
    friend int run_slabs<CentredEm, Configuration>(const asp::Arguments&, long, long);

    const Call<Configuration>& call;
    const long D = call.D, stride = Scratch<Real>::rounded(D);
    Totals totals;
    double* sums = nullptr;
    const Real* const parameters = call.template array<const Real>(Operand::parameters);
    Real *x, *score, *largest, *weight, *evidence, *factor, *partial;

    ASP_FN CentredEm(const Call<Configuration>& given, long slab) : call(given) {
        if (double* const all = call.template optional<double>(Operand::sums))
            sums = all + slab * (1 + 2 * D) * call.wide;
        Scratch<Real> memory{call.template array<Real>(Operand::scratch)};
        x = memory.take(tile * stride);
        score = memory.take(tile * call.wide);
        largest = memory.take(tile * lanes);
        weight = memory.take(tile);
        evidence = memory.take(tile);
        factor = memory.take(tile);
        partial = memory.take((1 + 2 * D) * call.wide);
        for (long i = 0; i < (1 + 2 * D) * call.wide; ++i) partial[i] = Real(0);
    }

    ASP_FN V white(const Real* frame, long i, long m) const {
        const Real* const p = parameters + 2 * i * call.wide + m;
        return (load<V>(p) + frame[i]) * load<V>(p + call.wide);
    }

    ASP_FN void do_tile(long first, long end) {
        const long count = end - first < tile ? end - first : tile;
        call.fetch(first, end, tile, x, stride, weight, [](Real*, auto) ASP_INLINE_LAMBDA {});
        for (long m = 0; m < call.filled; m += lanes) scores(m, first + tile, end);
        call.find_largest(score, tile, largest);
        call.respond(score, largest, first, count, tile, weight, evidence, factor, totals.sums);
        if (!sums) return;
        call.apply_factors(score, tile, factor, partial);
        for (long m = 0; m < call.filled; m += lanes)
            for (long i = 0; i < D; ++i) add_moments(i, m);
    }

    /// `next`: the first frame of the next tile.
    ASP_FN void scores(long m, long next, long end) const {
        const Real* const constants = call.template array<const Real>(Operand::constants) + m;
        for_rows<rows, tile>(tile, [&](auto some, long t) ASP_INLINE_LAMBDA {
            if (m == 0) call.look_ahead(next + t, next + t + some.value, end);
            V square[some.value] = {};
            for (long i = 0; i < D; ++i)
                for (int r = 0; r < some.value; ++r) {
                    const V y = white(x + (t + r) * stride, i, m);
                    square[r] = y * y + square[r];
                }
            for (int r = 0; r < some.value; ++r)
                store(score + (t + r) * call.wide + m, load<V>(constants) - square[r] * Real(0.5));
        });
    }

    ASP_FN void add_moments(long i, long m) const {
        Real* const first = partial + (1 + i) * call.wide + m;
        Real* const second = first + D * call.wide;
        // Four sums each, so that additions need not wait for one another, over so many frames that
        // the order does not depend on the tile.
        constexpr long stretch = 16;
        static_assert(tile % stretch == 0);
        for (long start = 0; start < tile; start += stretch) {
            V sum[4] = {}, squares[4] = {};
            for (long t = start; t < start + stretch; t += 4)
                for (long k = 0; k < 4; ++k) {
                    const V y = white(x + (t + k) * stride, i, m);
                    const V ry = load<V>(score + (t + k) * call.wide + m) * y;
                    sum[k] += ry;
                    squares[k] = ry * y + squares[k];
                }
            store(first, load<V>(first) + ((sum[0] + sum[1]) + (sum[2] + sum[3])));
            store(second,
                  load<V>(second) + ((squares[0] + squares[1]) + (squares[2] + squares[3])));
        }
    }

    ASP_FN void flush_sums() const {
        if (sums) flush(partial, sums, (1 + 2 * D) * call.wide);
    }
};

}  // namespace gmm
