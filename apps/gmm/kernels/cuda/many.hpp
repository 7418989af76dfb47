#pragma once
// Many small mixtures of diagonal covariances at once: a block of threads takes one through all
// its iterations, and nothing but frames is read from outside. Freestanding.

#include "gmm/kernels/cuda/pass.hpp"

namespace gmm::cuda {

/// One of many mixtures.
struct ManyJob {
    long first_chosen;  ///< place of its list; -1: all rows
    long frames;
    long first_component;
    int components;
};

enum class ManyEnding {
    all_iterations,
    converged,
    starved,     ///< a component has hardly a frame: the mixture is that before the step
    not_finite,  ///< such are the sums: the same
};

struct ManyResult {
    int iterations;  ///< done
    ManyEnding ending;
};

template <class Real>
struct ManyCall {
    const Real* rows;     ///< [rows, D]
    const Real* weights;  ///< [rows]; null: 1
    const long* chosen;   ///< numbers of rows, list after list
    const ManyJob* jobs;  ///< [count]
    int count, D;

    // Of all components, job after job: where they begin, and where they end.
    double* component_weights;
    double* means;      ///< [., D]
    double* variances;  ///< [., D]
    int* floored;       ///< first iteration that a variance was raised to the floor in; 0: none
    double* trace;      ///< [count, iterations] mean log-likelihood [nats a frame] before each
    ManyResult* results;

    int iterations;
    double tolerance, regularization, relative_floor, least_weight;  ///< as MStepOptions have them
};

ASP_FN constexpr Shape many_shape(bool is_single) {
    return {.form = Form::centred, .is_single = is_single, .tile = 32};
}

/// Places in a block's memory: first as for a pass [Reals], then doubles, then Reals.
struct ManyLayout {
    long parameters, constants;           ///< [Reals]
    long record, mean, spread, found_by;  ///< [doubles]
    long bytes;

    ASP_FN constexpr ManyLayout(const Shape& s, long D, long M) {
        const long wide = in_fours(M);
        parameters = Layout(s, D, M, wide, false).inside;
        constants = parameters + 2 * D * wide;
        record = (constants + wide) * s.real_bytes() / 8;
        mean = record + rows_of_sums(Form::centred, D) * wide + 2;
        spread = mean + D;
        found_by = spread + D;
        bytes = 8 * (found_by + s.threads() / 2);
    }
};

/// A mixture in the hands of a block.
template <class AnyThread, class Configuration>
struct OneOfMany {
    using Real = typename Configuration::Real;
    AnyThread t;
    const ManyCall<Real>& call;
    const ManyJob& job;
    const int D, M, wide;
    double *weights, *means, *variances;
    Real *parameters, *constants;
    double *record, *mean, *spread;
    ManyEnding* found_by;  ///< each thread

    GMM_DEVICE OneOfMany(AnyThread thread, const ManyCall<Real>& given, const ManyJob& mine)
        : t(thread),
          call(given),
          job(mine),
          D(given.D),
          M(mine.components),
          wide(int(in_fours(M))),
          weights(given.component_weights + mine.first_component),
          means(given.means + mine.first_component * D),
          variances(given.variances + mine.first_component * D) {
        constexpr Shape shape = Configuration::shape;
        const ManyLayout at(shape, D, M);
        parameters = reinterpret_cast<Real*>(t.memory()) + at.parameters;
        constants = reinterpret_cast<Real*>(t.memory()) + at.constants;
        double* const doubles = reinterpret_cast<double*>(t.memory());
        record = doubles + at.record;
        mean = doubles + at.mean;
        spread = doubles + at.spread;
        found_by = reinterpret_cast<ManyEnding*>(doubles + at.found_by);
    }

    /// Sums over the frames under the mixture as the parameters have it.
    GMM_DEVICE void e_step() const {
        const PassCall<Real> pass{
            .rows = call.rows,
            .chosen = job.first_chosen < 0 ? nullptr : call.chosen + job.first_chosen,
            .weights = call.weights,
            .centre = nullptr,
            .scale = nullptr,
            .transform = nullptr,
            .parameters = parameters,
            .constants = constants,
            .records = nullptr,
            .log_likelihood = nullptr,
            .responsibilities = nullptr,
            .component = nullptr,
            .scratch = nullptr,
            .frames = job.frames,
            .slab = longest_slab,
            .D = D,
            .M = M,
            .wide = wide};
        Tile<AnyThread, Configuration> tile(t, pass, t.memory());
        for (long i = t.thread(); i < pass.record(Form::centred); i += t.threads()) record[i] = 0.0;
        for (long first = 0; first < job.frames; first += longest_slab) {
            const long end = first + longest_slab;
            one_slab(tile, first, end < job.frames ? end : job.frames, record);
        }
        t.barrier();
    }

    /// The mixture as the kernels read it.
    GMM_DEVICE void prepare() const {
        for (int e = t.thread(); e < D * wide; e += t.threads()) {
            const int i = e / wide, m = e % wide;
            parameters[2 * i * wide + m] = m < M ? Real(-means[m * D + i]) : Real(0);
            parameters[(2 * i + 1) * wide + m] =
                m < M ? Real(1.0 / asp::sqrt(variances[m * D + i])) : Real(0);
        }
        for (int m = t.thread(); m < M; m += t.threads()) {
            double constant = weights[m] > 0.0 ? asp::log(weights[m]) : -1e30;
            for (int i = 0; i < D; ++i) constant -= 0.5 * asp::log(variances[m * D + i]);
            constant -= 0.5 * D * 1.8378770664093454836;  // ln 2 pi
            constants[m] = Real(constant > -1e30 ? constant : -1e30);
        }
        t.barrier();
    }

    // What the sums mean: about the rounded mean, by the rounded standard deviation.
    GMM_DEVICE double count(int m) const { return record[m]; }
    GMM_DEVICE double about(int i, int m) const { return -double(parameters[2 * i * wide + m]); }
    GMM_DEVICE double first(int i, int m) const {
        return record[(1 + i) * wide + m] / double(parameters[(2 * i + 1) * wide + m]);
    }
    GMM_DEVICE double second(int i, int m) const {
        const double factor = double(parameters[(2 * i + 1) * wide + m]);
        return record[(1 + D + i) * wide + m] / (factor * factor);
    }
    GMM_DEVICE double variance(int i, int m) const {
        const double shift = first(i, m) / count(m);
        return second(i, m) / count(m) - shift * shift;
    }
    GMM_DEVICE double total() const {
        double sum = 0.0;
        for (int m = 0; m < M; ++m) sum += count(m);
        return sum;
    }

    /// Whether the step can be made here; else why not.
    GMM_DEVICE ManyEnding judge() const {
        const auto is_finite = [](double x) { return x - x == 0.0; };
        const double all = total();
        double heaviest = 0.0;
        for (int m = 0; m < M; ++m) heaviest = count(m) > heaviest ? count(m) : heaviest;
        const double wanted = call.least_weight * (all < 1.0 ? all : 1.0);
        const double least = wanted < heaviest ? wanted : heaviest;
        const long numbers = long(1 + 2 * D) * wide;
        ManyEnding found = ManyEnding::all_iterations;
        for (int m = t.thread(); m < M; m += t.threads())
            if (!(count(m) >= least) || !(count(m) > 0.0)) found = ManyEnding::starved;
        for (long i = t.thread(); i < numbers; i += t.threads())
            if (i % wide < M && !is_finite(record[i])) found = ManyEnding::not_finite;
        if (!is_finite(record[numbers]) || !(record[numbers + 1] > 0.0) || !(all > 0.0))
            found = ManyEnding::not_finite;
        found_by[t.thread()] = found;
        t.barrier();
        for (int other = 0; other < t.threads(); ++other)  // the last of them weighs most
            if (found_by[other] > found) found = found_by[other];
        t.barrier();
        return found;
    }

    /// Least variances, as detail::variance_floors() has them, into `spread`.
    GMM_DEVICE void find_floors() const {
        const double all = total();
        for (int i = t.thread(); i < D; i += t.threads()) {
            double sum = 0.0, squares = 0.0;
            for (int m = 0; m < M; ++m) sum += count(m) * about(i, m) + first(i, m);
            mean[i] = sum / all;
            for (int m = 0; m < M; ++m) {
                const double s = mean[i] - about(i, m);
                squares += (second(i, m) + s * (s * count(m) - 2.0 * first(i, m))) / all;
            }
            spread[i] = squares > 0.0 ? squares : 0.0;
        }
        t.barrier();
        const double part = call.relative_floor > 1e-12 ? call.relative_floor : 1e-12;
        double fallback = 0.0;
        for (int i = 0; i < D; ++i) fallback += part * spread[i] / D;
        if (!(fallback > 0.0)) fallback = part;
        t.barrier();
        for (int i = t.thread(); i < D; i += t.threads()) {
            const double by_spread = part * spread[i], by_mean = 1e-20 * mean[i] * mean[i];
            const double floor = by_spread > by_mean ? by_spread : by_mean;
            spread[i] = floor > 0.0 ? floor : fallback;
        }
        t.barrier();
    }

    /// The mixture of the greatest likelihood, its variances raised.
    GMM_DEVICE void m_step(int iteration) const {
        find_floors();
        const double all = total();
        int* const floored = call.floored + job.first_component;
        for (int e = t.thread(); e < M * D; e += t.threads()) {
            const int m = e / D, i = e % D;
            const double found = variance(i, m);
            const double raised = (found > 0.0 ? found : 0.0) + call.regularization;
            means[e] = about(i, m) + first(i, m) / count(m);
            variances[e] = raised > spread[i] ? raised : spread[i];
        }
        for (int m = t.thread(); m < M; m += t.threads()) {
            weights[m] = count(m) / all;
            for (int i = 0; i < D && floored[m] == 0; ++i)
                if (!(variance(i, m) >= spread[i])) floored[m] = iteration;
        }
        t.barrier();
    }

    /// All iterations; `trace` gets the likelihood before each.
    GMM_DEVICE ManyResult run(double* trace) const {
        int done = 0;
        double last = 0.0;
        while (done < call.iterations) {
            prepare();
            e_step();
            const ManyEnding judged = judge();
            if (judged != ManyEnding::all_iterations) return {done, judged};
            const long numbers = long(1 + 2 * D) * wide;
            const double now = record[numbers] / record[numbers + 1];
            const bool is_close = done > 0 && asp::abs(now - last) < call.tolerance;
            if (t.thread() == 0) trace[done] = now;
            last = now;
            ++done;
            m_step(done);
            if (is_close) return {done, ManyEnding::converged};
        }
        return {done, ManyEnding::all_iterations};
    }
};

/// Each block takes jobs until none is left.
template <class Configuration, class AnyThread>
GMM_DEVICE void many(AnyThread t, const ManyCall<typename Configuration::Real>& call) {
    for (int j = t.block(); j < call.count; j += t.blocks()) {
        const OneOfMany<AnyThread, Configuration> one(t, call, call.jobs[j]);
        const ManyResult result = one.run(call.trace + long(j) * call.iterations);
        if (t.thread() == 0) call.results[j] = result;
        t.barrier();
    }
}

}  // namespace gmm::cuda
