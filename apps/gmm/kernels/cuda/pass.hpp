#pragma once
// One pass of EM on a device, E and M together: each block of threads takes slabs of frames, and
// what a slab comes to is added up by a second kernel. No sum depends on which block made it, or on
// how many there are. Freestanding.

#include "gmm/kernels/cuda/centred.hpp"
#include "gmm/kernels/cuda/cores.hpp"
#include "gmm/kernels/cuda/features.hpp"
#include "gmm/kernels/cuda/whitened.hpp"

namespace gmm::cuda {

template <class T>
GMM_DEVICE void one_tile(T& tile, long first, int count) {
    constexpr bool has_features = is_of_features(T::form);
    tile.fetch(first, count);
    if constexpr (has_features) {
        make_features(tile);
        if constexpr (T::shape.by_cores)
            score_by_cores(tile);
        else
            score_features(tile);
    } else if constexpr (T::form == Form::centred) {
        score_centred(tile);
    } else {
        score_whitened(tile);
    }
    tile.respond(first, count);
    if (!tile.record) return;
    if constexpr (T::shape.by_cores)
        sum_by_cores(tile);
    else if constexpr (has_features)
        sum_features(tile);
    else if constexpr (T::form == Form::centred)
        sum_centred(tile);
    else
        sum_whitened(tile);
    if (T::form == Form::norm && tile.call.transform) sum_scatter(tile);
    tile.t.barrier();
}

/// Frames [first, end) are added to `record`, or only looked at where that is null.
template <class T>
GMM_DEVICE void one_slab(T& tile, long first, long end, double* record) {
    tile.begin_slab(record);
    for (long at = first; at < end; at += T::tile)
        one_tile(tile, at, int(end - at < T::tile ? end - at : T::tile));
    tile.end_slab();
}

/// All slabs. Cost: frames are read once, parameters once for each tile.
template <class Configuration, class AnyThread>
GMM_DEVICE void pass(AnyThread t, const PassCall<typename Configuration::Real>& call) {
    Tile<AnyThread, Configuration> tile(t, call, t.memory());
    const long slabs = (call.frames + call.slab - 1) / call.slab;
    const long numbers = call.record(Configuration::shape.form);
    for (long s = t.block(); s < slabs; s += t.blocks()) {
        double* const record = call.records ? call.records + s * numbers : nullptr;
        if (record)
            for (long i = t.thread(); i < numbers; i += t.threads()) record[i] = 0.0;
        const long first = s * call.slab, end = first + call.slab;
        one_slab(tile, first, end < call.frames ? end : call.frames, record);
    }
}

/// total[i] += sum over slabs of records[slab, i]: by parts of neighbouring slabs, one for each
/// `columns` threads, and those then in their order. Memory: a double for each thread.
template <class AnyThread>
GMM_DEVICE void add_records(AnyThread t, const double* records, long slabs, long numbers,
                            double* total) {
    double* const of_parts = reinterpret_cast<double*>(t.memory());
    const int column = t.thread() % columns, part = t.thread() / columns;
    const int parts = t.threads() / columns;
    for (long first = long(t.block()) * columns; first < numbers;
         first += long(t.blocks()) * columns) {
        const long i = first + column;
        double sum = 0.0;
        if (i < numbers)
            for (long s = slabs * part / parts; s < slabs * (part + 1) / parts; ++s)
                sum += records[s * numbers + i];
        of_parts[t.thread()] = sum;
        t.barrier();
        if (part == 0 && i < numbers) {
            for (int other = 1; other < parts; ++other) sum += of_parts[other * columns + column];
            total[i] += sum;
        }
        t.barrier();
    }
}

}  // namespace gmm::cuda
