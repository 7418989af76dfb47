#pragma once
// What every EM kernel does with frames: fetch them, turn scores into responsibilities, give out
// what is wanted of each. Freestanding.

#include "asp/kernel/arguments.hpp"
#include "gmm/kernels/lanes.hpp"

namespace gmm {

/// Places in Arguments::arrays; Real is the configuration's. What is marked with * may be left out:
/// its bit in sizes[Size::given] says whether it is there.
struct Operand {
    static constexpr int rows = 0;             ///< Real [rows, D]
    static constexpr int chosen = 1;           ///< * long [N] numbers of rows; without: all
    static constexpr int weights = 2;          ///< * Real [rows]; without: 1
    static constexpr int centre = 3;           ///< Real [D] is subtracted from a row
    static constexpr int scale = 4;            ///< Real [D] multiplies it then
    static constexpr int transform = 5;        ///< * Real [D, D] lower triangle; multiplies it then
    static constexpr int parameters = 6;       ///< Real, as the kernel says
    static constexpr int constants = 7;        ///< Real [wide]
    static constexpr int sums = 8;             ///< * double, as the kernel says; added to
    static constexpr int totals = 9;           ///< double [2] log-likelihood and weight; added to
    static constexpr int log_likelihood = 10;  ///< * double [N]
    static constexpr int responsibilities = 11;  ///< * double [N, M]
    static constexpr int component = 12;         ///< * int [N]
    static constexpr int scatter = 13;           ///< * double [slabs, D, D] sum of w y y^T, lower
    static constexpr int scratch = 14;           ///< Real, as many as the kernel says
    static constexpr int count = 15;
};
/// Sums are added to what is there. An index is a slab of frames: ranges are of slabs, each with
/// sums of its own; calls that run at once each need scratch of their own.

/// Places in Arguments::sizes.
struct Size {
    static constexpr int dimension = 0, components = 1;
    static constexpr int frames = 2, slab = 3;  ///< N, and frames in a slab
    static constexpr int is_hard = 4;           ///< 1: all of a frame goes to its best component
    static constexpr int given = 5;             ///< bits 1 << place of optional arrays
    static constexpr int count = 6;
};

/// Frames whose sums are made in working precision before they go to double: few enough that
/// rounding stays below what the data's own rounding does.
constexpr long frames_per_flush = 480;

/// Numbers from row to row of an array over components, which begin rows of whole vectors: an odd
/// count of these where there are many, so that a column does not lie in a few cache sets.
constexpr long wide_of(long components, long lanes) {
    const long vectors = (components + lanes - 1) / lanes;
    return (vectors < 8 || vectors % 2 == 1 ? vectors : vectors + 1) * lanes;
}

/// A configuration's constant, or what the call says where it is 0.
template <int fixed>
ASP_FN long constant_or(long given) {
    return fixed > 0 ? fixed : given;
}

/// ln p of frames from their largest scores and the sums of e^(score - the largest); -inf for those
/// that are too far off.
template <class Real, class V>
ASP_FN V evidence_of(V largest, V sum) {
    constexpr int lanes = sizeof(V) / sizeof(Real);
    Real log[lanes];
    store(log, sum);
    ASP_SIMD_FOR(t, 0, lanes) log[t] = asp::log(log[t]);
    return largest > Exponential<Real>::lowest ? largest + load<V>(log) : V{} - infinity<Real>;
}

/// Log-likelihood and weight of a slab, in eight sums each, so that additions need not wait for one
/// another. Tiles are whole multiples of these: a sum does not depend on them.
struct Totals {
    static constexpr int chains = 8;
    double sums[2 * chains] = {};

    ASP_FN void add_to(double* totals) const {
        for (int i = 0; i < chains; ++i) {
            totals[0] += sums[2 * i];
            totals[1] += sums[2 * i + 1];
        }
    }
};

/// The arguments of a call with their types.
template <class Configuration>
struct Call {
    using Real = typename Configuration::Real;
    static constexpr int lanes = Configuration::lanes;
    using V = typename LanesOf<Real, lanes>::Vector;

    const asp::Arguments& arguments;
    const long D = constant_or<Configuration::dimension>(arguments.sizes[Size::dimension]);
    const long M = constant_or<Configuration::components>(arguments.sizes[Size::components]);
    const long filled = (M + lanes - 1) / lanes * lanes;  ///< components with what fills vectors
    const long wide = wide_of(M, lanes);

    template <class T>
    ASP_FN T* array(int place) const {
        return static_cast<T*>(arguments.arrays[place]);
    }
    template <class T>
    ASP_FN T* optional(int place) const {
        return arguments.sizes[Size::given] >> place & 1 ? array<T>(place) : nullptr;
    }

    /// Puts a tile of frames [first, end), centred and scaled, into `to` [tile, stride], and their
    /// weights into `weight`; the rest up to `tile` are zeros. `also(place, x)` gets every number
    /// (vectors and single ones) that is written at `place`.
    template <class Also>
    ASP_FN void fetch(long first, long end, long tile, Real* to, long stride, Real* weight,
                      Also also) const {
        const Real* const rows = array<const Real>(Operand::rows);
        const long* const chosen = optional<const long>(Operand::chosen);
        const Real* const weights = optional<const Real>(Operand::weights);
        const Real* const centre = array<const Real>(Operand::centre);
        const Real* const scale = array<const Real>(Operand::scale);
        const long count = end - first < tile ? end - first : tile;
        for (long t = 0; t < count; ++t) {
            const long row = chosen ? chosen[first + t] : first + t;
            const Real* const x = rows + row * D;
            Real* const y = to + t * stride;
            for_vectors<lanes>(D, [&](auto vector, long i) ASP_INLINE_LAMBDA {
                using W = decltype(vector);
                const W value = (load<W>(x + i) - load<W>(centre + i)) * load<W>(scale + i);
                store(y + i, value);
                also(y + i, value);
            });
            weight[t] = weights ? weights[row] : Real(1);
        }
        for (long t = count; t < tile; ++t) {
            Real* const y = to + t * stride;
            for_vectors<lanes>(D, [&](auto vector, long i) ASP_INLINE_LAMBDA {
                using W = decltype(vector);
                store(y + i, W{});
                also(y + i, W{});
            });
            weight[t] = Real(0);
        }
    }

    /// Has frames [first, last) brought near, as far as they lie before `end`: to be called for a
    /// few of the next tile's at a time, as memory answers no more than that at once.
    ASP_FN void look_ahead(long first, long last, long end) const {
        const Real* const rows = array<const Real>(Operand::rows);
        const long* const chosen = optional<const long>(Operand::chosen);
        for (long t = first; t < (last < end ? last : end); ++t) {
            const Real* const row = rows + (chosen ? chosen[t] : t) * D;
            for (long i = 0; i < D; i += 64 / sizeof(Real)) __builtin_prefetch(row + i, 0, 2);
        }
    }

    /// Calls work(V(), i) for vectors that cover [0, count): the last one overlaps the one before,
    /// or they are half as wide where count is less.
    template <int width, class Work>
    ASP_FN static void for_vectors(long count, Work work) {
        using W = typename LanesOf<Real, width>::Vector;
        if (count >= width) {
            long i = 0;
            for (; i + width <= count; i += width) work(W(), i);
            if (i < count) work(W(), count - width);
        } else if constexpr (width > 2) {
            for_vectors<width / 2>(count, work);
        } else {
            for (long i = 0; i < count; ++i) work(typename LanesOf<Real, 1>::Vector(), i);
        }
    }

    /// y = L y for a lower triangular L, from its last row up.
    ASP_FN void apply(const Real* L, Real* y) const {
        for (long i = D - 1; i >= 0; --i) {
            Real sum = 0;
            for (long j = 0; j <= i; ++j) sum = fused(L[i * D + j], y[j], sum);
            y[i] = sum;
        }
    }

    /// The largest of each row of scores [frames, wide], lane by lane: [frames, lanes]; the least
    /// number where all are -inf or NaN, as of frames too far off for squares.
    ASP_FN void find_largest(const Real* score, long frames, Real* largest) const {
        for (long t = 0; t < frames; ++t) {
            V most = all_lanes<V>(Exponential<Real>::lowest);
            for (long m = 0; m < filled; m += lanes)
                most = larger(load<V>(score + t * wide + m), most);
            store(largest + t * lanes, most);
        }
    }

    /// Scores ln w_m p(x_t | m) [frames, wide] become e^(score - the largest of its frame) in their
    /// place, which `factor` [frames] makes responsibilities times the frame's weight; `evidence`
    /// [frames] becomes ln p(x_t). `largest` as of find_largest(). Filled-up components score so
    /// low that nothing of them is left. `frames` is a whole number of vectors.
    ASP_FN void share(Real* score, const Real* largest, long frames, const Real* weight,
                      Real* evidence, Real* factor) const {
        const auto max = [](V a, V b) ASP_INLINE_LAMBDA { return larger(a, b); };
        const auto plus = [](V a, V b) ASP_INLINE_LAMBDA { return a + b; };
        // So many frames at once that their sums over lanes stand side by side in the end.
        for (long first = 0; first < frames; first += lanes) {
            V row[lanes];
            for (long t = 0; t < lanes; ++t) row[t] = load<V>(largest + (first + t) * lanes);
            const V most = over_lanes<lanes / 2>(row, max);
            store(evidence + first, most);
            for (long t = 0; t < lanes; ++t) {
                Real* const s = score + (first + t) * wide;
                const Real shift = evidence[first + t];
                row[t] = V{};
                for (long m = 0; m < filled; m += lanes) {
                    const V e = exp_of_negative<Real, lanes>(load<V>(s + m) - shift);
                    store(s + m, e);
                    row[t] += e;
                }
            }
            // At least 1, but of frames too far off, which belong nowhere.
            const V total = at_least(over_lanes<lanes / 2>(row, plus), Real(1));
            store(factor + first, load<V>(weight + first) / total);
            store(evidence + first, evidence_of<Real>(most, total));
        }
    }

    /// Multiplies the rows of `score` by `factor`; `occupancy` [wide] gets their sums added.
    ASP_FN void apply_factors(Real* score, long frames, const Real* factor, Real* occupancy) const {
        for (long first = 0; first < frames; first += lanes)
            for (long m = 0; m < filled; m += lanes) {
                V sums[4] = {};
                for (long t = 0; t < lanes; ++t) {
                    Real* const s = score + (first + t) * wide + m;
                    const V r = load<V>(s) * factor[first + t];
                    store(s, r);
                    sums[t % 4] += r;
                }
                store(occupancy + m,
                      load<V>(occupancy + m) + ((sums[0] + sums[1]) + (sums[2] + sums[3])));
            }
    }

    /// The first of the best components of a frame.
    ASP_FN long best(const Real* score) const {
        long m = 0;
        for (long other = 1; other < M; ++other)
            if (score[other] > score[m]) m = other;
        return m;
    }

    /// Like share(), but all of a frame goes to its best component; `evidence` is its score.
    ASP_FN void give(Real* score, long frames, const Real* weight, Real* evidence,
                     Real* factor) const {
        for (long t = 0; t < frames; ++t) {
            Real* const s = score + t * wide;
            const long m = best(s);
            evidence[t] = s[m];
            for (long other = 0; other < filled; ++other) s[other] = Real(0);
            s[m] = Real(1);
            factor[t] = weight[t];
        }
    }

    /// share() or give(), and what is wanted of each frame: `first` is the first one's number,
    /// `count` of `frames` are real.
    ASP_FN void respond(Real* score, const Real* largest, long first, long count, long frames,
                        const Real* weight, Real* evidence, Real* factor, double* totals) const {
        if (int* const component = optional<int>(Operand::component))
            for (long t = 0; t < count; ++t)
                component[first + t] = static_cast<int>(best(score + t * wide));
        if (arguments.sizes[Size::is_hard])
            give(score, frames, weight, evidence, factor);
        else
            share(score, largest, frames, weight, evidence, factor);
        give_out(first, count, weight, evidence, totals);
        if (double* const out = optional<double>(Operand::responsibilities))
            for (long t = 0; t < count; ++t)
                for (long m = 0; m < M; ++m)
                    out[(first + t) * M + m] = double(score[t * wide + m] * factor[t]);
    }

    /// Log-likelihoods of frames, where they are wanted, and their sum.
    ASP_FN void give_out(long first, long count, const Real* weight, const Real* evidence,
                         double* totals) const {
        if (double* const out = optional<double>(Operand::log_likelihood))
            for (long t = 0; t < count; ++t) out[first + t] = double(evidence[t]);
        for (long t = 0; t < count; ++t) {
            double* const to = totals + 2 * (t % Totals::chains);
            const Real log_p = weight[t] != Real(0) ? evidence[t] : Real(0);
            to[0] = fused(double(weight[t]), double(log_p), to[0]);
            to[1] += double(weight[t]);
        }
    }
};

/// Adds [count] sums in working precision to double ones, and clears them.
template <class Real>
ASP_FN void flush(Real* ASP_RESTRICT from, double* ASP_RESTRICT to, long count) {
    ASP_SIMD_FOR(i, 0, count) {
        to[i] += double(from[i]);
        from[i] = Real(0);
    }
}

/// Runs slabs [lo, hi): `Em` does one.
template <class Em, class Configuration>
ASP_FN int run_slabs(const asp::Arguments& arguments, long lo, long hi) {
    const Call<Configuration> call{arguments};
    const long frames = arguments.sizes[Size::frames], length = arguments.sizes[Size::slab];
    for (long slab = lo; slab < hi; ++slab) {
        const long first = slab * length, end = first + length < frames ? first + length : frames;
        Em em(call, slab);
        for (long tile = first; tile < end; tile += Configuration::tile) {
            em.do_tile(tile, end);
            if ((tile - first + Configuration::tile) % Em::frames_per_flush == 0) em.flush_sums();
        }
        em.flush_sums();
        em.totals.add_to(call.template array<double>(Operand::totals) + 2 * slab);
    }
    return 0;
}

/// Hands out a call's scratch memory, on cache lines.
template <class Real>
struct Scratch {
    Real* next;

    ASP_FN Real* take(long count) {
        Real* const taken = next;
        next += rounded(count);
        return taken;
    }
    static constexpr long rounded(long count) {
        constexpr long line = 64 / sizeof(Real);
        return (count + line - 1) / line * line;
    }
};

}  // namespace gmm
