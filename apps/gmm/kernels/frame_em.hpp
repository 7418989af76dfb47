#pragma once
// One pass of EM by features of a frame, as feature_em.hpp, for few components: frames run along
// the lanes, so that no lane is left over and responsibilities need no sums over lanes.
// Freestanding.

#include "gmm/kernels/features.hpp"
#include "gmm/kernels/frames.hpp"

namespace gmm {

/// Configuration, parameters and sums: as FeatureEm's. Every sum is kept apart for each lane until
/// the slab ends: [K + 1, M, lanes].
template <class Configuration>
struct FrameEm {
    using Real = typename Configuration::Real;
    static constexpr int lanes = Configuration::lanes, tile = Configuration::tile;
    static constexpr int registers = Configuration::registers;
    using V = typename LanesOf<Real, lanes>::Vector;
    static constexpr long frames_per_flush = 1L << 40;  // at the end of a slab
    static_assert(tile % lanes == 0);
    /// Edge of a block of sums that stays in registers.
    static constexpr int edge = registers >= 32 ? 5 : 3;

    static int run(const asp::Arguments& arguments, long lo, long hi) {
        return run_slabs<FrameEm, Configuration>(arguments, lo, hi);
    }

private:
    friend int run_slabs<FrameEm, Configuration>(const asp::Arguments&, long, long);

    const Call<Configuration>& call;
    const long D = call.D, M = call.M, K = features_of(Configuration::features, call.D);
    const long stride = Scratch<Real>::rounded(call.D);
    Totals totals;
    double *sums = nullptr, *scatter = nullptr;
    Real *x, *phi, *score, *weight, *evidence, *partial, *products;

    ASP_FN FrameEm(const Call<Configuration>& given, long slab) : call(given) {
        if (double* const all = call.template optional<double>(Operand::sums))
            sums = all + slab * (K + 1) * call.wide;
        if (double* const all = call.template optional<double>(Operand::scatter))
            scatter = all + slab * D * D;
        Scratch<Real> memory{call.template array<Real>(Operand::scratch)};
        x = memory.take(tile * stride);
        phi = memory.take(tile * K);
        score = memory.take(tile * M);
        weight = memory.take(tile);
        evidence = memory.take(tile);
        partial = memory.take((K + 1) * M * lanes);
        products = memory.take(D * D);
        for (long i = 0; i < (K + 1) * M * lanes; ++i) partial[i] = Real(0);
        for (long i = 0; i < D * D; ++i) products[i] = Real(0);
        for (long i = 0; i < tile * stride; ++i) x[i] = Real(0);
    }

    ASP_FN void do_tile(long first, long end) {
        const long count = end - first < tile ? end - first : tile;
        call.fetch(first, end, tile, x, stride, weight, [](Real*, auto) ASP_INLINE_LAMBDA {});
        if (const Real* const transform = call.template optional<const Real>(Operand::transform))
            for (long t = 0; t < count; ++t) call.apply(transform, x + t * stride);
        if (scatter) add_scatter(x, stride, D, weight, tile, products);
        turn();
        add_features();
        for_rows<edge, Configuration::components>(M, [&](auto rows, long m) ASP_INLINE_LAMBDA {
            this->template scores<rows.value>(m, first + tile, end);
        });
        respond(first, count);
        if (!sums) return;
        for_rows<edge, Configuration::components>(M, [&](auto rows, long m) ASP_INLINE_LAMBDA {
            this->template add_segment<rows.value, 0>(m);
            this->template add_segment<rows.value, 1>(m);
        });
    }

    /// Frames become columns: phi [K, tile] begins with the numbers of the frames.
    ASP_FN void turn() const {
        for (long t = 0; t < tile; t += lanes)
            for (long i = 0; i < D; i += lanes) {
                V row[lanes];
                for (int r = 0; r < lanes; ++r) row[r] = load<V>(x + (t + r) * stride + i);
                transpose<lanes / 2>(row);
                for (int r = 0; r < lanes && i + r < D; ++r)
                    store(phi + (i + r) * tile + t, row[r]);
            }
    }

    ASP_FN void add_features() const {
        Real* to = phi + D * tile;
        for (long t = 0; t < tile; t += lanes) {
            if constexpr (Configuration::features == Features::squares) {
                for (long i = 0; i < D; ++i) {
                    const V y = load<V>(phi + i * tile + t);
                    store(to + i * tile + t, y * y);
                }
            } else if constexpr (Configuration::features == Features::norm) {
                V sum{};
                for (long i = 0; i < D; ++i) {
                    const V y = load<V>(phi + i * tile + t);
                    sum = y * y + sum;
                }
                store(to + t, sum);
            } else {
                Real* product = to + t;
                for (long i = 0; i < D; ++i) {
                    const V y = load<V>(phi + i * tile + t);
                    for (long j = 0; j <= i; ++j, product += tile)
                        store(product, y * load<V>(phi + j * tile + t));
                }
            }
        }
    }

    /// `next`: the first frame of the next tile.
    template <int rows>
    ASP_FN void scores(long m, long next, long end) const {
        constexpr int vectors = tile / lanes % 4 == 0 ? 4 : tile / lanes % 5 == 0 ? 5 : 1;
        constexpr int fit = registers >= 32 ? vectors : vectors % 2 == 0 ? 2 : 1;
        const Real* const parameters = call.template array<const Real>(Operand::parameters) + m;
        const Real* const constants = call.template array<const Real>(Operand::constants) + m;
        for (long t = 0; t < tile; t += fit * lanes) {
            if (m == 0) call.look_ahead(next + t, next + t + fit * lanes, end);
            V sum[rows][fit];
            for (int r = 0; r < rows; ++r)
                for (int v = 0; v < fit; ++v) sum[r][v] = all_lanes<V>(constants[r]);
            add_products(sum, parameters, 1, call.wide, phi + t, tile, lanes, K);
            for (int r = 0; r < rows; ++r)
                for (int v = 0; v < fit; ++v)
                    store(score + (m + r) * tile + t + v * lanes, sum[r][v]);
        }
    }

    /// Scores [M, tile] become responsibilities times weights in their place; gives out what is
    /// wanted of each frame.
    ASP_FN void respond(long first, long count) {
        if (int* const component = call.template optional<int>(Operand::component))
            for (long t = 0; t < count; ++t) component[first + t] = static_cast<int>(best(t));
        if (call.arguments.sizes[Size::is_hard])
            give();
        else
            share();
        call.give_out(first, count, weight, evidence, totals.sums);
        if (double* const out = call.template optional<double>(Operand::responsibilities))
            for (long t = 0; t < count; ++t)
                for (long m = 0; m < M; ++m) out[(first + t) * M + m] = double(score[m * tile + t]);
    }

    ASP_FN void share() const {
        for (long t = 0; t < tile; t += lanes) {
            V most = all_lanes<V>(Exponential<Real>::lowest);
            for (long m = 0; m < M; ++m) most = larger(load<V>(score + m * tile + t), most);
            V total{};
            for (long m = 0; m < M; ++m) {
                const V e = exp_of_negative<Real, lanes>(load<V>(score + m * tile + t) - most);
                store(score + m * tile + t, e);
                total += e;
            }
            total = at_least(total, Real(1));  // as Call::share
            const V factor = load<V>(weight + t) / total;
            for (long m = 0; m < M; ++m) {
                const V r = load<V>(score + m * tile + t) * factor;
                store(score + m * tile + t, r);
                Real* const occupancy = partial + m * lanes;
                store(occupancy, load<V>(occupancy) + r);
            }
            store(evidence + t, evidence_of<Real>(most, total));
        }
    }

    ASP_FN long best(long t) const {
        long m = 0;
        for (long other = 1; other < M; ++other)
            if (score[other * tile + t] > score[m * tile + t]) m = other;
        return m;
    }

    ASP_FN void give() const {
        for (long t = 0; t < tile; ++t) {
            const long m = best(t);
            evidence[t] = score[m * tile + t];
            for (long other = 0; other < M; ++other) score[other * tile + t] = Real(0);
            score[m * tile + t] = weight[t];
            partial[m * lanes + t % lanes] += weight[t];
        }
    }

    template <int rows, int segment>
    ASP_FN void add_segment(long m) const {
        constexpr long fixed =
            Configuration::dimension == 0
                ? 0
                : length_of(Configuration::features, Configuration::dimension, segment);
        const long before = segment * D;
        for_rows<edge, fixed>(length_of(Configuration::features, D, segment),
                              [&](auto columns, long k) ASP_INLINE_LAMBDA {
                                  this->template add_block<rows, columns.value>(m, before + k);
                              });
    }

    /// Sums of `rows` components and `columns` features.
    template <int rows, int columns>
    ASP_FN void add_block(long m, long k) const {
        Real* const to = partial + ((k + 1) * M + m) * lanes;
        V sum[columns][rows];
        for (int b = 0; b < columns; ++b)
            for (int a = 0; a < rows; ++a) sum[b][a] = load<V>(to + (b * M + a) * lanes);
        const Real *r = score + m * tile, *f = phi + k * tile;
        for (long t = 0; t < tile; t += lanes) {
            V share[rows];
            for (int a = 0; a < rows; ++a) share[a] = load<V>(r + a * tile + t);
            for (int b = 0; b < columns; ++b) {
                const V feature = load<V>(f + b * tile + t);
                for (int a = 0; a < rows; ++a) sum[b][a] = share[a] * feature + sum[b][a];
            }
        }
        for (int b = 0; b < columns; ++b)
            for (int a = 0; a < rows; ++a) store(to + (b * M + a) * lanes, sum[b][a]);
    }

    /// Adds up the lanes, so many sums at once as there are lanes.
    ASP_FN void flush_sums() const {
        if (scatter) flush(products, scatter, D * D);
        if (!sums) return;
        const long count = (K + 1) * M;
        for (long first = 0; first < count; first += lanes) {
            const long some = count - first < lanes ? count - first : lanes;
            V row[lanes] = {};
            for (long i = 0; i < some; ++i) row[i] = load<V>(partial + (first + i) * lanes);
            Real sum[lanes];
            store(sum,
                  over_lanes<lanes / 2>(row, [](V a, V b) ASP_INLINE_LAMBDA { return a + b; }));
            for (long i = 0; i < some; ++i) {
                const long place = first + i;
                sums[place / M * call.wide + place % M] += double(sum[i]);
            }
        }
        for (long i = 0; i < count * lanes; ++i) partial[i] = Real(0);
    }
};

}  // namespace gmm
