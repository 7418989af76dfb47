#pragma once
#include "asp/stencil/kernels/shape.hpp"

namespace asp::stencil {

constexpr int most_inputs = 128;  ///< rows that one loop reads
constexpr int most_outputs = 32;
constexpr long staged_points = 1024;  ///< of a row at a time

/// Rows below each other, which a loop works on without a look at any edge.
struct Block {
    const double* const* in;  ///< [inputs] the first row that is read; index 0 is point 0
    const long* in_pitch;     ///< [inputs] from one row to the next
    double* const* out;       ///< [outputs]
    const long* out_pitch;
    double* sums;  ///< [sums] grow; those of the next row are `sum_pitch` further
    long sum_pitch;
    const double* numbers;        ///< scalars, then the grid's shape
    double plane, row;            ///< indices of the first row
    double plane_step, row_step;  ///< to the next
    long rows, begin, end;
    double* staging;          ///< null, or a row of staged_points for each output
    const bool* is_streamed;  ///< [outputs] goes past the caches, by way of `staging`
};

/// One of them.
struct BlockRow {
    const double* const* in;
    double* const* out;
    double* sums;
    const double* numbers;
    double plane, row;
};

#if defined(__AVX512F__)
constexpr long stream_width = 8;
#elif defined(__AVX__)
constexpr long stream_width = 4;
#else
constexpr long stream_width = 2;
#endif

/// to[i] = from[i] for i < count, a multiple of 8, past the caches where the processor can: what is
/// written is not read first. `to` is at the begin of a line.
template <long count>
ASP_FN void stream_lines(double* to, const double* from) {
#if defined(__x86_64__)
    typedef double Vector __attribute__((vector_size(8 * stream_width)));
    for (long i = 0; i < count; i += stream_width) {
        Vector v;
        __builtin_memcpy(&v, from + i, sizeof v);
#if defined(__clang__)
        __builtin_nontemporal_store(v, reinterpret_cast<Vector*>(to + i));
#elif defined(__AVX512F__)
        __builtin_ia32_movntpd512(to + i, v);
#elif defined(__AVX__)
        __builtin_ia32_movntpd256(to + i, v);
#else
        __builtin_ia32_movntpd(to + i, v);
#endif
    }
#else
    for (long i = 0; i < count; ++i) to[i] = from[i];
#endif
}

/// The same for any place and count.
ASP_FN void stream_row(double* to, const double* from, long count) {
    long i = 0;
    while (i < count && (reinterpret_cast<unsigned long>(to + i) & 63U) != 0) {
        to[i] = from[i];
        ++i;
    }
    for (; i + 8 <= count; i += 8) stream_lines<8>(to + i, from + i);
    for (; i < count; ++i) to[i] = from[i];
}

/// What was written past the caches is seen by all from here on.
ASP_FN void finish_streams() {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
}

// Functions of their own, so that a loop is compiled once.

/// Points [begin, end) of a row that is short, or whose sums grow point after point.
template <class Generated>
__attribute__((noinline)) void compute(const BlockRow& b, long begin, long end) {
    if constexpr (Generated::sums > 0) {
        Generated::row(b.in, b.out, b.sums, b.numbers, b.plane, b.row, begin, end);
    } else {
        for (long x = begin; x < end; ++x)  // scalar code, which is soon compiled
            Generated::row(b.in, b.out, b.sums, b.numbers, b.plane, b.row, x, x + 1);
    }
}

/// Fewer than eight values, without a call.
ASP_FN void copy_few(double* to, const double* from, long count) {
    long done = 0;
    if (count & 4) __builtin_memcpy(to, from, 4 * sizeof(double)), done = 4;
    if (count & 2) __builtin_memcpy(to + done, from + done, 2 * sizeof(double)), done += 2;
    if (count & 1) to[done] = from[done];
}

/// Eight points from x on: no loop is left.
template <class Generated>
__attribute__((noinline)) void compute_eight(const BlockRow& b, double* const* out, long x) {
    Generated::row(b.in, out, b.sums, b.numbers, b.plane, b.row, x, x + 8);
}

/// Points [begin, end) out of the eight from `from` on, all of which are there: by vectors, where
/// the end of a loop would go point by point. The others stay as they are, as the loop may have
/// written them already where it reads.
template <class Generated>
ASP_FN void compute_some(const BlockRow& b, long from, long begin, long end) {
    alignas(64) double values[Generated::outputs + 1][8];
    double* to[Generated::outputs + 1];
    for (int o = 0; o < Generated::outputs; ++o) to[o] = values[o] - from;
    compute_eight<Generated>(b, to, from);
    for (int o = 0; o < Generated::outputs; ++o)
        copy_few(b.out[o] + begin, to[o] + begin, end - begin);
}

/// Points from x on to the begin of a line of cache of the first result.
ASP_FN long points_to_line(const BlockRow& b, long x) {
    return -static_cast<long>(reinterpret_cast<unsigned long>(b.out[0] + x) / sizeof(double)) & 7;
}

/// Points [begin, end) of a row whose values do not depend on each other, at least eight.
template <class Generated>
__attribute__((noinline)) void compute_eights(const BlockRow& b, long begin, long end) {
    long x = begin;
    // Vectors across two lines cost twice: where there are many, and arrays lie alike, most do not.
    if (end - begin >= 64) {
        x += points_to_line(b, begin);
        if (begin < x) compute_some<Generated>(b, begin, begin, x);
    }
    for (; x + 8 <= end; x += 8)
        Generated::row(b.in, b.out, b.sums, b.numbers, b.plane, b.row, x, x + 8);
    if (x < end) compute_some<Generated>(b, end - 8, x, end);
}

/// Whether all results of rows go past the caches, and lie alike on cache lines.
template <class Generated>
ASP_FN bool are_streamed_alike(const Block& b) {
    for (int o = 0; o < Generated::outputs; ++o) {
        const auto away = b.out[o] - b.out[0] + (b.rows - 1) * (b.out_pitch[o] - b.out_pitch[0]);
        if (!b.is_streamed[o] || away % 8 != 0) return false;
    }
    return true;
}

/// Lines at the ends of a row's results are written in part, and so read before: ask for them while
/// the row before is computed, or all stores behind them wait.
template <class Generated>
ASP_FN void fetch_ends(const Block& b, long j) {
    for (int o = 0; o < Generated::outputs; ++o) {
        const double* const row = b.out[o] + j * b.out_pitch[o];
        __builtin_prefetch(row + b.begin, 1);
        __builtin_prefetch(row + b.end - 1, 1);
    }
}

/// Points [begin, end) of a row, at least 16, a few lines of cache at a time, of which the compiler
/// knows how many points they have: they go from registers to memory nearly as fast as in a copy.
template <class Generated>
ASP_FN void stream_groups(const BlockRow& b, long begin, long end) {
    constexpr long group = 16;
    alignas(64) double values[Generated::outputs + 1][group];
    double* to[Generated::outputs + 1];
    long x = begin + points_to_line(b, begin);
    if (begin < x) compute_some<Generated>(b, begin, begin, x);
    for (; x + group <= end; x += group) {
        for (int o = 0; o < Generated::outputs; ++o) to[o] = values[o] - x;
        Generated::row(b.in, to, b.sums, b.numbers, b.plane, b.row, x, x + group);
        for (int o = 0; o < Generated::outputs; ++o) stream_lines<group>(b.out[o] + x, values[o]);
    }
    if (x + 8 <= end) compute_eight<Generated>(b, b.out, x), x += 8;
    if (x < end) compute_some<Generated>(b, end - 8, x, end);
}

/// Points [begin, end) of a row, by vectors where that is allowed.
template <class Generated>
ASP_FN void compute_row(const BlockRow& b, long begin, long end) {
    if (Generated::sums == 0 && begin + 8 <= end)
        compute_eights<Generated>(b, begin, end);
    else
        compute<Generated>(b, begin, end);
}

/// Points [begin, end) of a row by way of the staging rows, which stay in the first cache.
template <class Generated>
ASP_FN void stream_staged(const Block& b, const BlockRow& row) {
    double* to[Generated::outputs + 1];
    BlockRow part = row;
    part.out = to;
    for (long begin = b.begin; begin < b.end; begin += staged_points) {
        const long end = smaller(begin + staged_points, b.end);
        for (int o = 0; o < Generated::outputs; ++o)
            to[o] = b.is_streamed[o] ? b.staging + o * staged_points - begin : row.out[o];
        compute_row<Generated>(part, begin, end);
        for (int o = 0; o < Generated::outputs; ++o)
            if (b.is_streamed[o]) stream_row(row.out[o] + begin, to[o] + begin, end - begin);
    }
}

template <class Generated, bool streaming>
__attribute__((noinline)) void run_block(const Block& b) {
    const double* in[Generated::inputs + 1];
    double* out[Generated::outputs + 1];
    for (int i = 0; i < Generated::inputs; ++i) in[i] = b.in[i];
    for (int o = 0; o < Generated::outputs; ++o) out[o] = b.out[o];
    BlockRow row{in, out, b.sums, b.numbers, b.plane, b.row};
    const bool in_groups = streaming && Generated::is_plain && b.staging != nullptr &&
                           b.begin + 16 <= b.end && are_streamed_alike<Generated>(b);
    for (long j = 0; j < b.rows; ++j) {
        if (streaming && in_groups) {
            fetch_ends<Generated>(b, j + 1);
            stream_groups<Generated>(row, b.begin, b.end);
        } else if (streaming && b.staging != nullptr)
            stream_staged<Generated>(b, row);
        else
            compute_row<Generated>(row, b.begin, b.end);
        for (int i = 0; i < Generated::inputs; ++i) in[i] += b.in_pitch[i];
        for (int o = 0; o < Generated::outputs; ++o) out[o] += b.out_pitch[o];
        row.sums += b.sum_pitch;
        row.plane += b.plane_step;
        row.row += b.row_step;
    }
}

template <class Generated, bool streaming>
ASP_FN constexpr Loop loop_of() {
    return {Generated::region, Generated::inputs,    Generated::outputs,
            Generated::sums,   Generated::first_sum, Generated::input,
            Generated::output, Generated::reach,     &run_block<Generated, streaming>};
}

}  // namespace asp::stencil
