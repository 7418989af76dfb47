#pragma once
// One pass of EM where scores are linear in features of a frame: two matrix products with the
// responsibilities between them, tile by tile. Freestanding.

#include "gmm/kernels/features.hpp"
#include "gmm/kernels/frames.hpp"

namespace gmm {

/// Configuration: Real, lanes, registers, tile (frames, divides frames_per_flush, whole vectors),
/// dimension and components (0: the call says), features.
///
/// Scores are constants[m] + sum_k phi_k parameters[k, m], parameters [K, wide]; sums [K + 1, wide]
/// get the responsibilities' sums and those of r phi_k. Components run along the lanes, so that
/// neither product needs anything turned over.
template <class Configuration>
struct FeatureEm {
    using Real = typename Configuration::Real;
    static constexpr int lanes = Configuration::lanes, tile = Configuration::tile;
    using V = typename LanesOf<Real, lanes>::Vector;
    static constexpr long frames_per_flush = gmm::frames_per_flush;
    static_assert(frames_per_flush % tile == 0 && tile % lanes == 0);

    /// From frame to frame in memory.
    static constexpr long stride_of(long D) {
        return Scratch<Real>::rounded(1 + features_of(Configuration::features, D));
    }

    static int run(const asp::Arguments& arguments, long lo, long hi) {
        return run_slabs<FeatureEm, Configuration>(arguments, lo, hi);
    }

private:
    friend int run_slabs<FeatureEm, Configuration>(const asp::Arguments&, long, long);

    const Call<Configuration>& call;
    const long K = features_of(Configuration::features, call.D);
    const long stride = stride_of(call.D);
    Totals totals;
    double *sums = nullptr, *scatter = nullptr;
    /// phi [tile, stride]: a place for 1, then the features.
    Real *phi, *score, *largest, *weight, *evidence, *factor, *partial, *products;

    ASP_FN FeatureEm(const Call<Configuration>& given, long slab) : call(given) {
        if (double* const all = call.template optional<double>(Operand::sums))
            sums = all + slab * (K + 1) * call.wide;
        if (double* const all = call.template optional<double>(Operand::scatter))
            scatter = all + slab * call.D * call.D;
        Scratch<Real> memory{call.template array<Real>(Operand::scratch)};
        phi = memory.take(tile * stride);
        score = memory.take(tile * call.wide);
        largest = memory.take(tile * lanes);
        weight = memory.take(tile);
        evidence = memory.take(tile);
        factor = memory.take(tile);
        partial = memory.take((K + 1) * call.wide);
        products = memory.take(call.D * call.D);
        for (long i = 0; i < (K + 1) * call.wide; ++i) partial[i] = Real(0);
        for (long i = 0; i < call.D * call.D; ++i) products[i] = Real(0);
        for (long t = 0; t < tile; ++t)
            for (long k = K + 1; k < stride; ++k) phi[t * stride + k] = Real(0);
    }

    ASP_FN void do_tile(long first, long end) {
        const long count = end - first < tile ? end - first : tile, D = call.D;
        call.fetch(first, end, tile, phi + 1, stride, weight,
                   [&](Real* to, auto x) ASP_INLINE_LAMBDA {
                       if constexpr (Configuration::features == Features::squares)
                           store(to + D, x * x);
                   });
        if constexpr (Configuration::features != Features::squares)
            for (long t = 0; t < tile; ++t) add_features(phi + t * stride + 1);
        if (scatter) add_scatter(phi + 1, stride, D, weight, tile, products);
        for_groups([&](auto vectors, long m) ASP_INLINE_LAMBDA {
            this->template scores<decltype(vectors)::value>(m, first + tile, end);
        });
        call.respond(score, largest, first, count, tile, weight, evidence, factor, totals.sums);
        if (!sums) return;
        apply_factors();
        for_groups([&](auto vectors, long m)
                       ASP_INLINE_LAMBDA { this->template add_sums<decltype(vectors)::value>(m); });
    }

    /// The 1 comes last: a vector loaded over a number that was just written waits for it.
    ASP_FN void apply_factors() const {
        for (long t = 0; t < tile; ++t) {
            Real* const f = phi + t * stride;
            const Real by = factor[t];
            for (long k = 0; k < stride; k += lanes) store(f + k, load<V>(f + k) * by);
            f[0] = by;
        }
    }

    ASP_FN void add_features(Real* x) const {
        const long D = call.D;
        if (const Real* const transform = call.template optional<const Real>(Operand::transform))
            call.apply(transform, x);
        if constexpr (Configuration::features == Features::norm) {
            Real sum = 0;
            for (long i = 0; i < D; ++i) sum = fused(x[i], x[i], sum);
            x[D] = sum;
        } else {
            Real* to = x + D;
            for (long i = 0; i < D; ++i) {
                ASP_SIMD_FOR(j, 0, i + 1) to[j] = x[i] * x[j];
                to += i + 1;
            }
        }
    }

    /// Calls `work` for groups of vectors of components, as wide as registers allow and alike.
    template <class Work>
    ASP_FN void for_groups(Work work) const {
        constexpr int most = most_vectors<Configuration::registers>;
        const long vectors = call.filled / lanes, groups = (vectors + most - 1) / most;
        long v = 0;
        for (long g = 0; g < groups; ++g) {
            const long end = vectors * (g + 1) / groups;
            one_group<most>(end - v, v * lanes, work);
            v = end;
        }
    }
    /// Whether a group may have so many vectors.
    static constexpr bool may_be(int n) {
        constexpr long most = most_vectors<Configuration::registers>;
        constexpr long vectors = (Configuration::components + lanes - 1) / lanes;
        if (vectors == 0) return true;
        const long groups = (vectors + most - 1) / most;
        return n == vectors / groups || n == (vectors + groups - 1) / groups;
    }
    template <int n, class Work>
    ASP_FN static void one_group(long vectors, long m, Work work) {
        if constexpr (n > 0) {
            if constexpr (may_be(n))
                if (vectors == n) return work(Count<n>(), m);
            one_group<n - 1>(vectors, m, work);
        }
    }

    /// `next`: the first frame of the next tile.
    template <int vectors>
    ASP_FN void scores(long m, long next, long end) const {
        const Real* const parameters = call.template array<const Real>(Operand::parameters) + m;
        const Real* const constants = call.template array<const Real>(Operand::constants) + m;
        for_rows<rows_beside<Configuration::registers>(vectors), tile>(
            tile, [&](auto rows, long t) ASP_INLINE_LAMBDA {
                V sum[rows.value][vectors];
                for (int r = 0; r < rows.value; ++r)
                    for (int v = 0; v < vectors; ++v) sum[r][v] = load<V>(constants + v * lanes);
                add_products(sum, phi + t * stride + 1, stride, 1, parameters, call.wide, lanes, K);
                if (m == 0) call.look_ahead(next + t, next + t + rows.value, end);
                for (int r = 0; r < rows.value; ++r) {
                    Real* const to = largest + (t + r) * lanes;
                    V most = m == 0 ? all_lanes<V>(Exponential<Real>::lowest) : load<V>(to);
                    for (int v = 0; v < vectors; ++v) {
                        store(score + (t + r) * call.wide + m + v * lanes, sum[r][v]);
                        most = larger(sum[r][v], most);
                    }
                    store(to, most);
                }
            });
    }

    template <int vectors>
    ASP_FN void add_sums(long m) const {
        constexpr int rows = rows_beside<Configuration::registers>(vectors);
        constexpr long D = Configuration::dimension;
        constexpr long fixed = D == 0 ? 0 : 1 + features_of(Configuration::features, D);
        for_rows<rows, fixed>(K + 1, [&](auto some, long k) ASP_INLINE_LAMBDA {
            Real* const to = partial + k * call.wide + m;
            V sum[some.value][vectors];
            for (int r = 0; r < some.value; ++r)
                for (int v = 0; v < vectors; ++v)
                    sum[r][v] = load<V>(to + r * call.wide + v * lanes);
            add_products(sum, phi + k, 1, stride, score + m, call.wide, lanes, tile);
            for (int r = 0; r < some.value; ++r)
                for (int v = 0; v < vectors; ++v) store(to + r * call.wide + v * lanes, sum[r][v]);
        });
    }

    ASP_FN void flush_sums() const {
        if (sums) flush(partial, sums, (K + 1) * call.wide);
        if (scatter) flush(products, scatter, call.D * call.D);
    }
};

}  // namespace gmm
