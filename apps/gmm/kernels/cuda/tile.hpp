#pragma once
// What a block of threads does with a tile of frames whatever the form: fetch it, turn scores into
// responsibilities, add up. Freestanding.

#include "gmm/kernels/cuda/shape.hpp"
#include "gmm/kernels/cuda/thread.hpp"

namespace gmm::cuda {

/// Four neighbours in memory, on 16 bytes: one read, or two for doubles.
template <class Real>
struct alignas(16) Four {
    Real at[4];
};
template <class Real>
GMM_DEVICE Four<Real> load_four(const Real* from) {
    return *reinterpret_cast<const Four<Real>*>(from);
}
template <class Real>
GMM_DEVICE void store_four(Real* to, const Four<Real>& value) {
    *reinterpret_cast<Four<Real>*>(to) = value;
}

/// A block at work on one tile after another. Configuration: Real, shape, dimension (0: the call
/// says).
///
/// In memory: frames [1 + features, stride], a row of ones first; scores [M, stride].
template <class AnyThread, class Configuration>
struct Tile {
    using Real = typename Configuration::Real;
    static constexpr Shape shape = Configuration::shape;
    static constexpr Form form = shape.form;
    static constexpr int tile = shape.tile, stride = shape.stride(), quads = tile / 4;
    /// Of what is staged for tensor cores, whose threads then are in different banks.
    static constexpr int stage_stride = panel + 8;
    static_assert(sizeof(Real) == shape.real_bytes());

    AnyThread t;
    const PassCall<Real>& call;
    const int D, M, wide;
    Real *frames, *scores, *white, *sums, *stage, *weight, *largest, *total;
    int* best;
    double* record = nullptr;  ///< of the slab
    // Of the frames in this thread's place of every tile of a slab:
    double log_likelihood = 0.0, total_weight = 0.0;

    GMM_DEVICE Tile(AnyThread thread, const PassCall<Real>& given, unsigned char* memory)
        : t(thread),
          call(given),
          D(Configuration::dimension > 0 ? Configuration::dimension : given.D),
          M(given.M),
          wide(given.wide) {
        constexpr Shape own = Configuration::shape;  // a member would have no place on a device
        const Layout at(own, D, M, wide, call.transform != nullptr);
        Real* const inside = reinterpret_cast<Real*>(memory);
        Real* const outside = at.outside > 0 ? call.scratch + t.block() * at.outside : nullptr;
        frames = (shape.keeps_frames ? inside : outside) + at.frames;
        scores = (shape.keeps_scores ? inside : outside) + at.scores;
        white = (shape.keeps_frames ? inside : outside) + at.white;
        sums = inside + at.sums;
        stage = inside + at.stage;
        weight = inside + at.weight;
        largest = inside + at.largest;
        total = inside + at.total;
        best = reinterpret_cast<int*>(inside + at.best);
    }

    /// The number of a frame's feature: [stride].
    GMM_DEVICE Real* row(long k) const { return frames + k * stride; }
    /// Where a frame's own numbers are before a transform.
    GMM_DEVICE long first_row() const {
        return call.transform != nullptr ? 1 + features_of(form, D) : 1;
    }

    /// Frames [first, first + count), centred and scaled; the rest of the tile are zeros of weight
    /// zero.
    GMM_DEVICE void fetch(long first, int count) const {
        Real* const to = row(first_row());
        for (int e = t.thread(); e < tile * D; e += t.threads()) {
            const int at = e / D, i = e % D;
            Real z = 0;
            if (at < count) {
                const long number = call.chosen ? call.chosen[first + at] : first + at;
                z = call.rows[number * D + i];
                if (call.centre) z = (z - call.centre[i]) * call.scale[i];
            }
            to[i * stride + at] = z;
            if constexpr (form == Form::squares) to[(D + i) * stride + at] = z * z;
        }
        if (const int at = t.thread(); at < tile) {
            row(0)[at] = Real(1);
            const long number = at < count && call.chosen ? call.chosen[first + at] : first + at;
            weight[at] = at >= count ? Real(0) : call.weights ? call.weights[number] : Real(1);
        }
        t.barrier();
    }

    /// Scores ln w_m p(x_t | m) become responsibilities times the frame's weight, in their place.
    /// Begins and ends with all threads together.
    GMM_DEVICE void respond(long first, int count) {
        const int at = t.thread() % tile, helper = t.thread() / tile;
        Real most = Real(-3e38);
        int where = helper;
        for (int m = helper; m < M; m += helpers)
            if (const Real score = scores[long(m) * stride + at]; score > most) {
                most = score;
                where = m;
            }
        largest[t.thread()] = most;
        best[t.thread()] = where;
        t.barrier();
        where = best[at];
        most = largest[at];
        for (int h = 1; h < helpers; ++h) {
            const Real other = largest[h * tile + at];
            const int there = best[h * tile + at];
            if (other > most || (other == most && there < where)) {
                most = other;
                where = there;
            }
        }
        Real sum = 0;
        for (int m = helper; m < M; m += helpers) {
            Real& score = scores[long(m) * stride + at];
            score = asp::exp(score - most);
            sum += score;
        }
        total[t.thread()] = sum;
        t.barrier();
        sum = (total[at] + total[tile + at]) + (total[2 * tile + at] + total[3 * tile + at]);
        const Real factor = weight[at] / sum;
        for (int m = helper; m < M; m += helpers) {
            Real& score = scores[long(m) * stride + at];
            score *= factor;
            if (call.responsibilities && at < count)
                call.responsibilities[(first + at) * M + m] = double(score);
        }
        if (helper == 0 && at < count) {
            const Real evidence = most + asp::log(sum);
            if (call.log_likelihood) call.log_likelihood[first + at] = double(evidence);
            if (call.component) call.component[first + at] = where;
            log_likelihood += double(weight[at]) * double(evidence);
            total_weight += double(weight[at]);
        }
        t.barrier();
    }

    /// Each place is one thread's, in every tile of a slab.
    GMM_DEVICE void add(long place, Real value) const {
        if constexpr (shape.keeps_sums)
            sums[place] += value;
        else
            record[place] += double(value);
    }

    GMM_DEVICE void begin_slab(double* to) {
        record = to;
        log_likelihood = total_weight = 0.0;
        if constexpr (shape.keeps_sums)
            if (record)
                for (long i = t.thread(); i < call.sums(form); i += t.threads()) sums[i] = Real(0);
        t.barrier();
    }

    /// Adds what the slab came to, in one order, to its record.
    GMM_DEVICE void end_slab() const {
        t.barrier();
        if (!record) return;
        if constexpr (shape.keeps_sums)
            for (long i = t.thread(); i < call.sums(form); i += t.threads())
                record[i] += double(sums[i]);
        double* const of_threads = reinterpret_cast<double*>(stage);
        static_assert(2 * tile * sizeof(double) <= panel * chunk * sizeof(Real));
        if (t.thread() < tile) {
            of_threads[2 * t.thread()] = log_likelihood;
            of_threads[2 * t.thread() + 1] = total_weight;
        }
        t.barrier();
        if (t.thread() < 2) {
            double sum = 0.0;
            for (int at = 0; at < tile; ++at) sum += of_threads[2 * at + t.thread()];
            record[call.record(form) - 2 + t.thread()] += sum;
        }
        t.barrier();
    }

    /// Scores of a panel of components after another: each thread has four frames of four
    /// components. `add(sum, k, p)` takes rows [k, k + step) of `rows` of parameters, which begin
    /// at p, `panel` apart; `end(constant, sum)` makes a score.
    template <int step, class Add, class End>
    GMM_DEVICE void score_panels(long rows, Add add_rows, End end) const {
        static_assert(chunk % step == 0);
        const int at = 4 * (t.thread() % quads), across = 4 * (t.thread() / quads);
        for (int first = 0; first < M; first += panel) {
            const int m = first + across;
            Real sum[4][4] = {};  // [component][frame]
            for (long k = 0; k < rows; k += chunk) {
                const int count = rows - k < chunk ? int(rows - k) : chunk;
                for (int e = t.thread(); e < count * panel; e += t.threads()) {
                    const int other = first + e % panel;
                    stage[e] =
                        other < wide ? call.parameters[(k + e / panel) * wide + other] : Real(0);
                }
                t.barrier();
                if (m < M)
                    for (int s = 0; s < count; s += step)
                        add_rows(sum, k + s, stage + s * panel + across, at);
                t.barrier();
            }
            for (int c = 0; c < 4 && m + c < M; ++c) {
                Four<Real> score;
                for (int f = 0; f < 4; ++f) score.at[f] = end(call.constants[m + c], sum[c][f]);
                store_four(scores + long(m + c) * stride + at, score);
            }
        }
        t.barrier();
    }
};

}  // namespace gmm::cuda
