#include "asp/stencil/detail/band.hpp"

#include <algorithm>

namespace asp::stencil::detail {
namespace {

void call_loop(const Scratch& scratch, const Band& band, const double* const* data,
               const long* pitch, long begin, long end) {
    const Loop& loop = *band.loop;
    bool any_streams = false;
    for (int o = 0; o < loop.outputs; ++o) any_streams |= band.streams[o];
    loop.run({data, pitch, band.out, band.out_pitch, band.sums, band.sum_pitch, scratch.numbers,
              band.plane, band.row, band.plane_step, band.row_step, band.rows, begin, end,
              any_streams ? scratch.staging : nullptr, band.streams});
}

/// Copies of the points [begin, end) of all rows, of which some lie outside of the grid.
void fill_window(const Frame& frame, const Scratch& scratch, const Source& source, long rows,
                 long begin, long end, double* window) {
    for (long x = begin; x < end; ++x, ++window) {
        const bool is_there = x >= source.low && x < source.high;
        const bool is_constant = !is_there && frame.shape.edge == edge_dirichlet;
        const long at = is_there ? x : mapped(frame.shape.edge, x, frame.n[2]);
        for (long j = 0; j < rows; ++j)
            window[j * scratch.window_width] =
                is_constant ? frame.shape.edge_value : source.data[j * source.pitch + at];
    }
}

/// A few points of each row next to the grid's edge, from copies of what they read beside them.
void run_ends(const Frame& frame, const Scratch& scratch, const Band& band, long begin, long end) {
    const double* data[most_inputs];
    long pitch[most_inputs];
    for (int i = 0; i < band.loop->inputs; ++i) {
        const Source& source = band.in[i];
        const long reach = band.loop->input[i].reach;
        data[i] = source.data;
        pitch[i] = source.pitch;
        if (reach == 0) continue;
        double* const window = scratch.windows + i * scratch.band_rows * scratch.window_width;
        fill_window(frame, scratch, source, band.rows, begin - reach, end + reach, window);
        data[i] = window + reach - begin;
        pitch[i] = scratch.window_width;
    }
    call_loop(scratch, band, data, pitch, begin, end);
}

}  // namespace

void run_band(const Frame& frame, const Scratch& scratch, const Band& band, long begin, long end) {
    if (begin >= end) return;
    const long reach = frame.shape.edge == edge_none ? 0 : band.loop->reach;
    const long left = std::min(end, std::max(begin, reach));
    const long right = std::max(left, std::min(end, frame.n[2] - reach));
    if (left < right) {
        const double* data[most_inputs];
        long pitch[most_inputs];
        for (int i = 0; i < band.loop->inputs; ++i) {
            data[i] = band.in[i].data;
            pitch[i] = band.in[i].pitch;
        }
        call_loop(scratch, band, data, pitch, left, right);
    }
    if (begin < left) run_ends(frame, scratch, band, begin, left);
    if (right < end) run_ends(frame, scratch, band, right, end);
}

void copy_rows(double* to, long to_pitch, const double* from, long pitch, long rows, long begin,
               long end) {
    for (long j = 0; j < rows; ++j, to += to_pitch, from += pitch)
        for (long x = begin; x < end; ++x) to[x] = from[x];
}

}  // namespace asp::stencil::detail
