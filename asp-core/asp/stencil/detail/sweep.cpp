#include "asp/stencil/detail/sweep.hpp"

#include <algorithm>
#include <limits>

#include "asp/stencil/detail/band.hpp"
#include "asp/stencil/detail/workspace.hpp"

namespace asp::stencil::detail {
namespace {

/// The part of the grid whose results a sweep writes.
struct Tile {
    long lo[3], hi[3];
};

/// Rows of a band that has ends beyond the grid's edge: few enough to be in the first caches still
/// when their ends follow.
long band_rows_of(long points) {
    return std::clamp(8192 / std::max(points, 1L), 1L, 64L);
}

/// One range's way through the stages of a plan.
class Sweep {
public:
    Sweep(const Shape& its_shape, const Arguments& arguments, const Prepared& prepared)
        : frame(its_shape, arguments, prepared.plan),
          shape(its_shape),
          a(arguments),
          plan(prepared.plan) {
        width = dimensions == 1 ? a.sizes[size_block] : n[2];
        tile_rows = n[1];
        if (dimensions == 3) {
            const long wanted = a.parameters[0] > 0 ? a.parameters[0] : prepared.tile_rows;
            tile_rows = wanted > 0 ? std::min(wanted, n[1])
                                   : choose_tile(shape, plan, n, a.sizes[size_cache]);
        }
        is_streamed = shape.streaming && n[0] * n[1] * n[2] * 8 >= a.sizes[size_stream];
        const bool has_ends = edge != edge_none || (frame.is_flat && shape.sums > 0);
        scratch.band_rows = has_ends ? band_rows_of(n[2]) : std::numeric_limits<long>::max();
    }

    /// Borrows the memory that the sweep needs; false where there is none.
    bool prepare() {
        int inputs = 0, outputs = 0;
        long along_row = 0;
        for (int l = 0; l < shape.loops; ++l) {
            inputs = std::max(inputs, shape.loop[l].inputs);
            outputs = std::max(outputs, shape.loop[l].outputs);
            along_row = std::max(along_row, shape.loop[l].reach);
        }
        most_outputs_here = outputs;
        scratch.window_width = 3 * along_row;
        const long places = stage_count() * outputs * static_cast<long>(sizeof(Place) / 8);
        const long parts[]{is_streamed ? staged_points * outputs : 0,
                           plan.ring_doubles(tile_rows, width),
                           edge == edge_dirichlet ? ring_row(width, 0) : 0,
                           edge == edge_none ? 0 : inputs * scratch.band_rows * 3 * along_row,
                           shape.scalars + dimensions,
                           places,
                           shape.sums * (frame.is_flat ? scratch_rows() : 1),
                           shape.sums};
        const auto whole_lines = [](long doubles) { return (doubles + 7) / 8 * 8; };
        long doubles = 0;
        for (const long part : parts) doubles += whole_lines(part);
        double* memory = lend_workspace(doubles);
        if (memory == nullptr) return false;
        double* begin[std::size(parts)];
        for (std::size_t p = 0; p < std::size(parts); memory += whole_lines(parts[p]), ++p)
            begin[p] = memory;
        scratch.staging = is_streamed ? begin[0] : nullptr;
        storage = begin[1];
        outside = begin[2];
        scratch.windows = begin[3];
        scratch.numbers = begin[4];
        ring = reinterpret_cast<Place*>(begin[5]);
        sums = begin[6];
        ignored = begin[7];
        std::fill_n(outside, parts[2], shape.edge_value);
        std::fill_n(ignored, shape.sums, 0.0);
        std::copy_n(a.scalars, shape.scalars, scratch.numbers);
        for (int d = 0; d < dimensions; ++d)
            scratch.numbers[shape.scalars + d] = static_cast<double>(a.sizes[size_shape + axis(d)]);
        return true;
    }

    void run(long lo, long hi) {
        clear_sums(lo, hi);
        if (n[0] * n[1] * n[2] == 0) return;
        if (dimensions == 1) {
            for (long b = lo; b < hi; ++b)
                run_tile({{0, 0, b * width}, {1, 1, std::min((b + 1) * width, n[2])}});
        } else if (frame.is_flat) {
            run_tile({{0, lo, 0}, {1, hi, n[2]}});
        } else {
            for (long y = 0; y < n[1]; y += tile_rows)
                run_tile({{lo, y, 0}, {hi, std::min(y + tile_rows, n[1]), n[2]}});
        }
        if (is_streamed) finish_streams();
    }

private:
    /// The template's axis of the grid's dimension d.
    int axis(int d) const { return dimensions == 3 ? d : dimensions == 2 ? 2 * d : 2; }

    void run_tile(const Tile& given) {
        tile = given;
        place_rings();
        long begin = std::numeric_limits<long>::max(), end = -begin;
        for (int k = 0; k < stage_count(); ++k)
            if (plan.stages[k].is_needed) {
                begin = std::min(begin, first(k, 0) + plan.stages[k].lag);
                end = std::max(end, last(k, 0) + plan.stages[k].lag);
            }
        for (long t = begin; t < end; ++t)
            for (int k = 0; k < stage_count(); ++k) {
                const long plane = t - plan.stages[k].lag;
                if (plan.stages[k].is_needed && first(k, 0) <= plane && plane < last(k, 0))
                    run_plane(k, plane);
            }
    }

    /// Planes, rows or points that a stage computes: [first, last). Beyond a periodic edge they are
    /// those of the other end, under a number of their own.
    long first(int k, int d) const {
        const long index = tile.lo[d] - plan.stages[k].halo[d];
        return edge == edge_periodic ? index : std::max(index, 0L);
    }
    long last(int k, int d) const {
        const long index = tile.hi[d] + plan.stages[k].halo[d];
        return edge == edge_periodic ? index : std::min(index, n[d]);
    }

    void clear_sums(long lo, long hi) {
        double* const partial = static_cast<double*>(a.arrays[2 * shape.fields]);
        for (int s = 0; s < shape.sums; ++s)
            for (long i = lo; i < hi; ++i)
                partial[s * a.sizes[size_extent] + i] = neutral(shape.sum[s]);
    }

    void place_rings() {
        double* next = storage;
        for (int k = 0; k < stage_count(); ++k) {
            const auto& stage = plan.stages[k];
            if (!stage.is_needed) continue;
            const long row = ring_row(width, stage.halo[2]);
            const long plane = row * (tile_rows + 2 * stage.halo[1]);
            const long points = dimensions == 1 ? tile.lo[2] - stage.halo[2] : 0;
            for (int o = 0; o < loop_of(k).outputs; ++o) {
                const long depth = stage.output[o].depth;
                ring[k * most_outputs_here + o] = {
                    next - (tile.lo[1] - stage.halo[1]) * row - points, plane, row, depth};
                next += depth * plane;
            }
        }
    }

    const Loop& loop_of(int k) const { return shape.loop[plan.stages[k].loop]; }

    Place place_of(Version v) const {
        return v.stage >= 0 ? ring[v.stage * most_outputs_here + v.output] : frame.before(v.output);
    }

    void run_plane(int k, long plane) {
        const auto& stage = plan.stages[k];
        const Loop& loop = loop_of(k);
        band.loop = &loop;
        own_plane = is_inside(plane - tile.lo[0], tile.hi[0] - tile.lo[0]);
        actual_plane = mapped(edge, plane, n[0]);
        reach = 0;
        for (int i = 0; i < loop.inputs; ++i) {
            from[i] = place_of(stage.input[i]);
            long found;
            from_plane[i] = frame.locate(0, from[i], plane + frame.plane_away(loop.input[i]), found)
                                ? from[i].plane_at(found)
                                : nullptr;
            if (edge != edge_none) reach = std::max(reach, size_of(frame.row_away(loop.input[i])));
        }
        for (int o = 0; o < loop.outputs; ++o) {
            const auto& output = stage.output[o];
            const Place to =
                output.depth > 0 ? ring[k * most_outputs_here + o] : frame.after(loop.output[o]);
            to_plane[o] = to.plane_at(output.depth > 0 ? plane : actual_plane);
            band.out_pitch[o] = to.row;
            band.streams[o] = is_streamed && output.depth == 0;
        }
        for (long y = first(k, 1), end; y < last(k, 1); y = end) {
            end = end_of_band(loop, y, last(k, 1));
            run_rows(k, plane, y, end);
        }
    }

    /// How far rows from y on are treated alike.
    long end_of_band(const Loop& loop, long y, long most) const {
        const long row = mapped(edge, y, n[1]);
        const long region = frame.region_width(loop.region, 1);
        const long bounds[]{reach, n[1] - reach, region, n[1] - region, n[1]};
        long end = n[1];
        if (reach > 0 && (row < reach || row >= n[1] - reach)) end = row + 1;
        for (const long bound : bounds)
            if (bound > row) end = std::min(end, bound);
        long until = std::min(most, y + std::min(end - row, scratch.band_rows));
        const long own[]{tile.lo[1], tile.hi[1]};
        for (const long bound : own)
            if (bound > y) until = std::min(until, bound);
        return until;
    }

    void run_rows(int k, long plane, long y, long end) {
        const auto& stage = plan.stages[k];
        const Loop& loop = loop_of(k);
        band.rows = end - y;
        own_rows = own_plane && is_inside(y - tile.lo[1], tile.hi[1] - tile.lo[1]);
        actual_row = mapped(edge, y, n[1]);
        place_in_grid();
        const bool deep = frame.is_deep(loop.region, 0, actual_plane) &&
                          frame.is_deep(loop.region, 1, actual_row);
        const Pieces pieces = pieces_of(loop.region, deep, n[2]);
        const bool counts = own_rows && stage.is_last && loop.sums > 0;
        if (counts) move_sums(loop, true);
        // A row in one dimension may begin and end beyond the edges, and goes round them.
        for (long x = first(k, 2), next; x < last(k, 2); x = next) {
            const long actual = mapped(edge, x, n[2]);
            next = std::min(last(k, 2), x + n[2] - actual);
            const long bounds[]{tile.lo[2], tile.hi[2]};
            for (const long bound : bounds)
                if (bound > x) next = std::min(next, bound);
            own_points = own_rows && is_inside(x - tile.lo[2], tile.hi[2] - tile.lo[2]);
            shift = dimensions == 1 ? x - actual : 0;
            find_inputs(k, y);
            for (int o = 0; o < loop.outputs; ++o) {
                const bool is_ring = stage.output[o].depth > 0;
                band.out[o] = to_plane[o] + (is_ring ? y : actual_row) * band.out_pitch[o] +
                              (is_ring ? shift : 0);
            }
            band.sums = counts && own_points ? sums : ignored;
            band.sum_pitch = counts && frame.is_flat ? loop.sums : 0;
            for (int p = 0; p < 2; ++p)
                run_band(frame, scratch, band, std::max(pieces.begin[p], actual),
                         std::min(pieces.end[p], actual + next - x));
            complete(k, plane, y, pieces, actual, actual + next - x);
        }
        if (counts) move_sums(loop, false);
    }

    /// What expressions are told of the band's place.
    void place_in_grid() {
        const bool is_flat = frame.is_flat;
        band.plane = static_cast<double>(is_flat ? actual_row : actual_plane);
        band.row = static_cast<double>(is_flat ? 0 : actual_row);
        band.plane_step = is_flat ? 1.0 : 0.0;
        band.row_step = is_flat ? 0.0 : 1.0;
    }

    void find_inputs(int k, long y) {
        const Loop& loop = loop_of(k);
        for (int i = 0; i < loop.inputs; ++i) {
            long found;
            Source& source = band.in[i];
            source = {outside, 0, n[2], 0};
            if (from_plane[i] == nullptr ||
                !frame.locate(1, from[i], y + frame.row_away(loop.input[i]), found))
                continue;
            source.pitch = from[i].row;
            source.data = from_plane[i] + found * from[i].row;
            if (dimensions == 1 && from[i].depth > 0) {
                const int producer = plan.stages[k].input[i].stage;
                source.data += shift;
                source.low = first(producer, 2) - shift;
                source.high = last(producer, 2) - shift;
            }
        }
    }

    /// Points that the loop does not write keep their values; results in rings go to memory too.
    void complete(int k, long plane, long y, const Pieces& pieces, long begin, long end) {
        const auto& stage = plan.stages[k];
        for (int o = 0; o < loop_of(k).outputs; ++o) {
            const auto& output = stage.output[o];
            double* const to = band.out[o];
            const long pitch = band.out_pitch[o];
            if (output.before.stage != from_nowhere) {
                const Place place = place_of(output.before);
                long p = 0, r = 0;
                frame.locate(0, place, plane, p);
                frame.locate(1, place, y, r);
                const double* data = place.plane_at(p) + r * place.row;
                if (place.depth > 0) data += shift;
                if (data != to) {
                    const auto keep = [&](long from_here, long to_there) {
                        copy_rows(to, pitch, data, place.row, band.rows, from_here, to_there);
                    };
                    keep(begin, std::min(pieces.begin[0], end));
                    keep(std::max(pieces.end[0], begin), std::min(pieces.begin[1], end));
                    keep(std::max(pieces.end[1], begin), end);
                }
            }
            if (output.is_result && output.depth > 0 && own_points) {
                const Place after = frame.after(loop_of(k).output[o]);
                copy_rows(after.plane_at(actual_plane) + actual_row * after.row, after.row, to,
                          pitch, band.rows, begin, end);
            }
        }
    }

    /// Partial sums of the plane, of each row where rows are ranges, or of this block, to or from
    /// where the loop grows them.
    void move_sums(const Loop& loop, bool is_begin) {
        const long first_index = dimensions == 1 ? tile.lo[2] / width
                                 : frame.is_flat ? actual_row
                                                 : actual_plane;
        for (int s = 0; s < loop.sums; ++s) {
            double* const partial = static_cast<double*>(a.arrays[2 * shape.fields]) +
                                    (loop.first_sum + s) * a.sizes[size_extent] + first_index;
            for (long j = 0; j < (frame.is_flat ? band.rows : 1); ++j) {
                double& mine = sums[j * loop.sums + s];
                is_begin ? mine = partial[j] : partial[j] = mine;
            }
        }
    }

    long scratch_rows() const { return shape.sums > 0 ? scratch.band_rows : 0; }
    int stage_count() const { return static_cast<int>(plan.stages.size()); }
    static double neutral(int kind) {
        const double infinity = std::numeric_limits<double>::infinity();
        return kind == sum_kind ? 0.0 : kind == maximum_kind ? -infinity : infinity;
    }

    const Frame frame;
    const Shape& shape;
    const Arguments& a;
    const Plan& plan;
    const long* const n = frame.n;
    const int dimensions = shape.dimensions, edge = shape.edge;
    long width, tile_rows;  ///< of a tile
    int most_outputs_here = 0;
    bool is_streamed = false;

    // Borrowed.
    Scratch scratch{};
    double *outside = nullptr, *storage = nullptr;
    double* sums;     ///< of the loop
    double* ignored;  ///< those of halo points and earlier steps
    Place* ring;

    // Where the sweep is.
    Tile tile;
    Band band;
    bool own_plane, own_rows, own_points;  ///< rather than halo
    long actual_plane, actual_row;         ///< inside the grid
    long reach;                            ///< rows that the stage's loop reads above and below
    long shift;  ///< of a periodic row: its own number less the actual one
    Place from[most_inputs];
    double *from_plane[most_inputs], *to_plane[most_outputs];
};

int run_prepared(const Shape& shape, const Arguments& arguments, const Prepared& prepared, long lo,
                 long hi) {
    Sweep sweep(shape, arguments, prepared);
    if (!sweep.prepare()) return 1;
    sweep.run(lo, hi);
    return 0;
}

}  // namespace

int drive(const Shape& shape, const Arguments& arguments, long lo, long hi) {
    const auto* const addresses = static_cast<const long*>(arguments.arrays[2 * shape.fields + 1]);
    const auto* const known = reinterpret_cast<const Prepared*>(addresses[1]);
    if (known != nullptr) return run_prepared(shape, arguments, *known, lo, hi);
    std::vector<long> source;
    for (int f = 0; f < shape.fields; ++f)
        source.push_back(arguments.sizes[size_fields + f * sizes_per_field + 4]);
    return run_prepared(shape, arguments,
                        {make_plan(shape, arguments.sizes[size_steps], source), 0}, lo, hi);
}

}  // namespace asp::stencil::detail
