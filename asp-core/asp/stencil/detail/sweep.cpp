#include "asp/stencil/detail/sweep.hpp"

#include <algorithm>
#include <limits>

#include "asp/stencil/detail/workspace.hpp"

namespace asp::stencil::detail {
namespace {

/// The part of the grid whose results a sweep writes.
struct Tile {
    long lo[3], hi[3];
};

/// Where a version of a field lies. Rings have their place for index 0 before their begin.
struct Place {
    double* base;
    long plane, row;
    long depth;  ///< planes of a ring; 0: the whole field
};

/// A row of some version: the place of its point 0, and the points that are there.
struct Row {
    const double* data;
    long low, high;
};

/// One range's way through the stages of a plan.
class Sweep {
public:
    Sweep(const Shape& its_shape, const Arguments& arguments, const Prepared& prepared)
        : shape(its_shape), a(arguments), plan(prepared.plan) {
        for (int d = 0; d < 3; ++d) n[d] = a.sizes[size_shape + d];
        width = dimensions == 1 ? a.sizes[size_block] : n[2];
        tile_rows = n[1];
        if (dimensions == 3) {
            const long wanted = a.parameters[0] > 0 ? a.parameters[0] : prepared.tile_rows;
            tile_rows = wanted > 0 ? std::min(wanted, n[1])
                                   : choose_tile(shape, plan, n, a.sizes[size_cache]);
        }
        is_streamed = shape.streaming && n[0] * n[1] * n[2] * 8 >= a.sizes[size_stream];
    }

    /// Borrows the memory that the sweep needs; false where there is none.
    bool prepare() {
        int inputs = 0, outputs = 0;
        long reach = 0;
        for (int l = 0; l < shape.loops; ++l) {
            inputs = std::max(inputs, shape.loop[l].inputs);
            outputs = std::max(outputs, shape.loop[l].outputs);
            reach = std::max(reach, shape.loop[l].reach);
        }
        const auto stages = static_cast<long>(plan.stages.size());
        const long arguments = shape.scalars + 3;
        const long constant = edge == edge_dirichlet ? ring_row(width, 0) : 0;
        const long staged = is_streamed ? staged_points * outputs : 0;
        window_width = edge == edge_none ? 0 : 3 * reach;
        const long places = stages * outputs * static_cast<long>(sizeof(Place) / sizeof(double));
        const long rings = plan.ring_doubles(tile_rows, width);
        double* memory = lend_workspace(staged + rings + constant + arguments +
                                        inputs * window_width + places + 2 * shape.sums + 64);
        if (memory == nullptr) return false;
        const auto take = [&memory](long doubles) {
            double* const begin = memory;
            memory += (doubles + 7) / 8 * 8;
            return begin;
        };
        if (staged > 0) staging = take(staged);
        storage = take(rings);
        outside = take(constant);
        std::fill_n(outside, constant, shape.edge_value);
        windows = take(inputs * window_width);
        numbers = take(arguments);
        std::copy_n(a.scalars, shape.scalars, numbers);
        for (int d = 0; d < dimensions; ++d)
            numbers[shape.scalars + d] = static_cast<double>(n[axis(d)]);
        sums = take(shape.sums);
        ignored = take(shape.sums);
        std::fill_n(ignored, shape.sums, 0.0);
        ring = reinterpret_cast<Place*>(take(places));
        most_outputs_here = outputs;
        return true;
    }

    void run(long lo, long hi) {
        clear_sums(lo, hi);
        if (n[0] * n[1] * n[2] == 0) return;
        if (dimensions == 1) {
            for (long b = lo; b < hi; ++b)
                run_tile({{0, 0, b * width}, {1, 1, std::min((b + 1) * width, n[2])}});
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
        long begin = 0x7fffffffffffffff, end = -begin;
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
        double* const partial = static_cast<double*>(a.arrays[2 * fields]);
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

    Place memory_before(int f) const {
        const long* const size = a.sizes + size_fields + f * sizes_per_field;
        return {static_cast<double*>(a.arrays[f]), size[0], size[1], 0};
    }
    Place memory_after(int f) const {
        const long* const size = a.sizes + size_fields + f * sizes_per_field;
        return {static_cast<double*>(a.arrays[fields + f]), size[2], size[3], 0};
    }
    Place place_of(Version v) const {
        return v.stage >= 0 ? ring[v.stage * most_outputs_here + v.output]
                            : memory_before(v.output);
    }

    static double* plane_of(const Place& place, long plane) {
        if (place.depth == 0) return place.base + plane * place.plane;
        const long slot = plane % place.depth;
        return place.base + (slot < 0 ? slot + place.depth : slot) * place.plane;
    }

    /// Index i (of a plane or row) as it counts in a place; false: outside, a constant stands
    /// there.
    bool locate(int d, const Place& place, long i, long& found) const {
        if (edge == edge_dirichlet && !is_inside(i, n[d])) return false;
        const bool has_own = edge == edge_periodic && place.depth > 0;
        found = has_own ? i : mapped(edge, i, n[d]);
        return true;
    }

    void run_plane(int k, long plane) {
        const auto& stage = plan.stages[k];
        const Loop& loop = loop_of(k);
        own_plane = is_inside(plane - tile.lo[0], tile.hi[0] - tile.lo[0]);
        actual_plane = mapped(edge, plane, n[0]);
        for (int i = 0; i < loop.inputs; ++i) {
            from[i] = place_of(stage.input[i]);
            long found;
            from_plane[i] = locate(0, from[i], plane + loop.input[i].plane, found)
                                ? plane_of(from[i], found)
                                : nullptr;
        }
        for (int o = 0; o < loop.outputs; ++o) {
            const auto& output = stage.output[o];
            const Place to =
                output.depth > 0 ? ring[k * most_outputs_here + o] : memory_after(loop.output[o]);
            to_plane[o] = plane_of(to, output.depth > 0 ? plane : actual_plane);
            to_row[o] = to.row;
            streams[o] = is_streamed && output.depth == 0;
        }
        const bool counts = stage.is_last && own_plane && loop.sums > 0;
        for (int s = 0; counts && s < loop.sums; ++s) sums[s] = partial(loop.first_sum + s);
        for (long y = first(k, 1), end; y < last(k, 1); y = end) {
            end = end_of_rows(loop, y, last(k, 1));
            run_rows(k, plane, y, end);
        }
        for (int s = 0; counts && s < loop.sums; ++s) partial(loop.first_sum + s) = sums[s];
    }

    /// How far rows from y on are treated alike.
    long end_of_rows(const Loop& loop, long y, long most) const {
        long reach = 0;
        if (edge != edge_none)
            for (int i = 0; i < loop.inputs; ++i)
                reach = std::max(reach, size_of(loop.input[i].row));
        const long row = mapped(edge, y, n[1]);
        const long bounds[]{reach, n[1] - reach, loop.region.width[1], n[1] - loop.region.width[1],
                            n[1]};
        long end = n[1];
        if (reach > 0 && (row < reach || row >= n[1] - reach)) end = row + 1;
        for (const long bound : bounds)
            if (bound > row) end = std::min(end, bound);
        long until = std::min(most, y + end - row);
        const long own[]{tile.lo[1], tile.hi[1]};
        for (const long bound : own)
            if (bound > y) until = std::min(until, bound);
        return until;
    }

    bool is_deep(const Region& region, int d, long i) const {
        return region.width[d] <= i && i < n[d] - region.width[d];
    }

    void run_rows(int k, long plane, long y, long end) {
        const auto& stage = plan.stages[k];
        const Loop& loop = loop_of(k);
        rows = end - y;
        own_rows = own_plane && is_inside(y - tile.lo[1], tile.hi[1] - tile.lo[1]);
        actual_row = mapped(edge, y, n[1]);
        const bool deep =
            is_deep(loop.region, 0, actual_plane) && is_deep(loop.region, 1, actual_row);
        const Pieces pieces = pieces_of(loop.region, deep, n[2]);
        for (int o = 0; o < loop.outputs; ++o)
            out[o] = to_plane[o] + (stage.output[o].depth > 0 ? y : actual_row) * to_row[o];
        // A row in one dimension may begin and end beyond the edges, and goes round them.
        for (long x = first(k, 2), next; x < last(k, 2); x = next) {
            const long actual = mapped(edge, x, n[2]);
            next = std::min(last(k, 2), x + n[2] - actual);
            const long bounds[]{tile.lo[2], tile.hi[2]};
            for (const long bound : bounds)
                if (bound > x) next = std::min(next, bound);
            own_points = own_rows && is_inside(x - tile.lo[2], tile.hi[2] - tile.lo[2]);
            shift = x - actual;
            find_inputs(k, y);
            for (int p = 0; p < 2; ++p)
                run_piece(k, loop, std::max(pieces.begin[p], actual),
                          std::min(pieces.end[p], actual + next - x));
            complete(k, plane, y, pieces, actual, actual + next - x);
        }
    }

    void find_inputs(int k, long y) {
        const Loop& loop = loop_of(k);
        for (int i = 0; i < loop.inputs; ++i) {
            long found;
            in_pitch[i] = 0;
            in[i] = {outside, 0, n[2]};
            if (from_plane[i] == nullptr || !locate(1, from[i], y + loop.input[i].row, found))
                continue;
            in_pitch[i] = from[i].row;
            in[i].data = from_plane[i] + found * from[i].row;
            if (dimensions == 1 && from[i].depth > 0) {
                const int producer = plan.stages[k].input[i].stage;
                in[i] = {in[i].data + shift, first(producer, 2) - shift, last(producer, 2) - shift};
            }
        }
    }

    /// Points [begin, end) of the rows: those near the ends read around the edge.
    void run_piece(int k, const Loop& loop, long begin, long end) {
        if (begin >= end) return;
        const long reach = edge == edge_none ? 0 : loop.reach;
        const long left = std::min(end, std::max(begin, reach));
        const long right = std::max(left, std::min(end, n[2] - reach));
        const double* data[most_inputs];
        for (int i = 0; i < loop.inputs; ++i) data[i] = in[i].data;
        if (left < right) run_loop(k, loop, data, in_pitch, 0, rows, left, right);
        if (begin < left) run_end(k, loop, begin, left);
        if (right < end) run_end(k, loop, right, end);
    }

    /// A few points of each row, from copies of what they read.
    void run_end(int k, const Loop& loop, long begin, long end) {
        const double* data[most_inputs];
        long pitch[most_inputs];
        for (long j = 0; j < rows; ++j) {
            for (int i = 0; i < loop.inputs; ++i) {
                const long reach = loop.input[i].reach;
                const double* const row = in[i].data + j * in_pitch[i];
                for (long x = begin - reach; x < end + reach; ++x)
                    window(i)[x - begin + reach] = value_at(row, in[i], x);
                data[i] = window(i) + reach - begin;
                pitch[i] = 0;
            }
            run_loop(k, loop, data, pitch, j, 1, begin, end);
        }
    }

    double value_at(const double* row, const Row& valid, long x) const {
        if (x >= valid.low && x < valid.high) return row[x];
        if (edge == edge_dirichlet) return shape.edge_value;
        return row[mapped(edge, x, n[2])];
    }

    void run_loop(int k, const Loop& loop, const double* const* data, const long* pitch, long skip,
                  long count, long begin, long end) {
        double* to[most_outputs];
        bool any_streams = false;
        for (int o = 0; o < loop.outputs; ++o) {
            const bool is_ring = plan.stages[k].output[o].depth > 0;
            to[o] = out[o] + skip * to_row[o] + (is_ring && dimensions == 1 ? shift : 0);
            any_streams |= streams[o];
        }
        const bool counts = own_points && plan.stages[k].is_last;
        loop.run({data, pitch, to, to_row, counts ? sums : ignored, numbers,
                  static_cast<double>(actual_plane), static_cast<double>(actual_row + skip), count,
                  begin, end, any_streams ? staging : nullptr, streams});
    }

    /// Points that the loop does not write keep their values; results in rings go to memory too.
    void complete(int k, long plane, long y, const Pieces& pieces, long begin, long end) {
        const auto& stage = plan.stages[k];
        const Loop& loop = loop_of(k);
        for (int o = 0; o < loop.outputs; ++o) {
            const auto& output = stage.output[o];
            double* const to = out[o] + (output.depth > 0 && dimensions == 1 ? shift : 0);
            if (output.before.stage != from_nowhere) {
                const Place place = place_of(output.before);
                long p = 0, r = 0;
                locate(0, place, plane, p);
                locate(1, place, y, r);
                const double* data = plane_of(place, p) + r * place.row;
                if (dimensions == 1 && place.depth > 0) data += shift;
                if (data != to) {
                    copy(to, to_row[o], data, place.row, begin, std::min(pieces.begin[0], end));
                    copy(to, to_row[o], data, place.row, std::max(pieces.end[0], begin),
                         std::min(pieces.begin[1], end));
                    copy(to, to_row[o], data, place.row, std::max(pieces.end[1], begin), end);
                }
            }
            if (output.is_result && output.depth > 0 && own_points) {
                const Place after = memory_after(loop.output[o]);
                copy(after.base + actual_plane * after.plane + actual_row * after.row, after.row,
                     to, to_row[o], begin, end);
            }
        }
    }

    void copy(double* to, long to_pitch, const double* data, long pitch, long begin, long end) {
        for (long j = 0; j < rows; ++j, to += to_pitch, data += pitch)
            for (long x = begin; x < end; ++x) to[x] = data[x];
    }

    /// Where partial sum s of the planes, or of this block, stands.
    double& partial(int s) const {
        const long index = dimensions == 1 ? tile.lo[2] / width : actual_plane;
        return static_cast<double*>(a.arrays[2 * fields])[s * a.sizes[size_extent] + index];
    }

    double* window(int i) const { return windows + i * window_width; }
    int stage_count() const { return static_cast<int>(plan.stages.size()); }
    static double neutral(int kind) {
        const double infinity = std::numeric_limits<double>::infinity();
        return kind == sum_kind ? 0.0 : kind == maximum_kind ? -infinity : infinity;
    }

    const Shape& shape;
    const Arguments& a;
    const Plan& plan;
    const int fields = shape.fields, dimensions = shape.dimensions, edge = shape.edge;
    long n[3];
    long width, tile_rows;  ///< of a tile
    long window_width = 0;
    int most_outputs_here = 0;
    bool is_streamed = false;

    // Borrowed.
    double *staging = nullptr, *outside = nullptr, *storage = nullptr;
    double* windows;
    double* numbers;  ///< scalars, shape
    double* sums;     ///< of the loop
    double* ignored;  ///< those of halo points and earlier steps
    Place* ring;

    // Where the sweep is.
    Tile tile;
    bool own_plane, own_rows, own_points;  ///< rather than halo
    long actual_plane, actual_row;         ///< inside the grid
    long rows;                             ///< that are treated alike, from actual_row on
    long shift;  ///< of a periodic row: its own number less the actual one
    Place from[most_inputs];
    double* from_plane[most_inputs];
    Row in[most_inputs];
    long in_pitch[most_inputs];
    double *to_plane[most_outputs], *out[most_outputs];
    long to_row[most_outputs];
    bool streams[most_outputs];
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
