#pragma once

#include "asp/stencil/detail/frame.hpp"

namespace asp::stencil::detail {

/// Rows that a loop reads: the place of point 0 of the first one, and the points that are there.
struct Source {
    const double* data;
    long low, high;
    long pitch;  ///< from one row to the next
};

/// Rows of a stage that are treated alike: they read rows below each other, and write such.
struct Band {
    const Loop* loop;
    long rows;
    double plane, row;            ///< indices of the first row, inside the grid
    double plane_step, row_step;  ///< to the next
    Source in[most_inputs];
    double* out[most_outputs];
    long out_pitch[most_outputs];
    bool streams[most_outputs];  ///< goes past the caches
    double* sums;
    long sum_pitch;
};

/// Memory of a sweep that all its bands use.
struct Scratch {
    double* staging;  ///< null: nothing streams
    double* windows;  ///< [inputs][most rows of a band][window_width]
    double* numbers;  ///< scalars, shape
    long band_rows;   ///< most rows of a band that has ends
    long window_width;
};

/// Points [begin, end) of the rows: those near the ends of the grid's rows read around the edge.
void run_band(const Frame& frame, const Scratch& scratch, const Band& band, long begin, long end);

/// to[j][x] = from[j][x] for rows j and points x.
void copy_rows(double* to, long to_pitch, const double* from, long pitch, long rows, long begin,
               long end);

}  // namespace asp::stencil::detail
