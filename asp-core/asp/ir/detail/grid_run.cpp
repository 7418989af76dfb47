#include "asp/ir/detail/grid_run.hpp"

#include <limits>

namespace asp::ir::detail {

GridRun::GridRun(const GridCode& code, const GridCall& call, long lo, long hi)
    : code_(code),
      call_(call),
      shape_(code.dimensions, call.shape),
      lo_(lo),
      hi_(hi),
      extents_(grid_extents(code, call)),
      steps_(static_cast<std::size_t>(call.steps)),
      memory_(code.fields.size()),
      pair_(code.fields.size()) {
    for (std::size_t f = 0; f < code.fields.size(); ++f) {
        const bool temporary = code.fields[f].role == Field::Role::temporary;
        const bool writes = code.fields[f].role == Field::Role::written;
        const long extent = extents_.fields[f];
        if (!writes && !temporary) memory_[f] = callers(f);
        if (temporary && extent >= 0) memory_[f] = own(extent);
        if (!writes) continue;
        if (!read_of(call, f)) {
            memory_[f] = in_place(f) ? callers(f) : own(extent);
            continue;
        }
        for (std::size_t step = 0; step < std::min<std::size_t>(steps_, 2); ++step)
            pair_[f][step] = in_turns(step, f) ? callers(f) : own(extent);
    }
    constexpr double inf = std::numeric_limits<double>::infinity();
    const long per_block = code.dimensions == 1 ? GridProgram::cells_per_block : 1;
    for (long block = lo / per_block; block * per_block < hi; ++block)
        for (const Reduction::Kind kind : code.kinds)
            partial_.push_back(kind == Reduction::Kind::sum       ? 0.0
                               : kind == Reduction::Kind::maximum ? -inf
                                                                  : inf);
}

std::vector<Range> GridRun::ranges(long extent) const {
    const long n = shape_.outermost(), begin = lo_ - extent, end = hi_ + extent;
    if (extent < 0) return {};
    if (code_.edge != Edge::periodic || (begin >= 0 && end <= n))
        return {{std::max(begin, 0l), std::min(end, n)}};
    if (end - begin >= n) return {{0, n}};
    std::vector<Range> result{{std::max(begin, 0l), std::min(end, n)}};
    if (begin < 0) result.emplace_back(begin + n, n);
    if (end > n) result.emplace_back(0, end - n);
    return result;
}

/// Whether what is computed lies within the range, where the caller's memory may be written.
bool GridRun::is_own(long extent) const {
    for (const Range& range : ranges(extent))
        if (range.first < lo_ || range.second > hi_) return false;
    return true;
}

/// Whether a written field's last values are computed where the caller wants them.
bool GridRun::in_place(std::size_t field) const {
    const bool fed = read_of(call_, field).has_value();
    return is_own(fed ? extents_.starts[(steps_ - 1) * code_.fields.size() + field]
                      : extents_.fields[field]);
}

/// Whether this and every other step, the last one too, are written where the caller wants them.
bool GridRun::in_turns(std::size_t step, std::size_t field) const {
    return is_own(extents_.fields[field]) && (steps_ - 1 - step) % 2 == 0;
}

GridMemory GridRun::callers(std::size_t field) const {
    const std::array<long, 3>& strides = call_.strides[field];
    return {call_.fields[field], 0, shape_.dimensions > 1 ? strides[0] : 0,
            shape_.dimensions > 2 ? strides[1] : 0, 0};
}

/// For the ranges of this extent: all between the first and the last, so that nothing wraps.
GridMemory GridRun::own(long extent) {
    Range all{lo_, hi_};
    for (const Range& range : ranges(extent))
        all = {std::min(all.first, range.first), std::max(all.second, range.second)};
    const long slab = shape_.slab_size();
    owned_.push_back(std::make_unique_for_overwrite<double[]>(
        static_cast<std::size_t>((all.second - all.first) * slab)));
    if (shape_.dimensions == 1) return {owned_.back().get(), 0, 0, 0, all.first};
    return {owned_.back().get(), all.first, slab, shape_.cells, 0};
}

void GridRun::copy(const GridMemory& from, const GridMemory& to, long extent,
                   const Region& region) {
    for_rows(shape_, ranges(extent), region, [&](long i, Range rows, Range cells) {
        for (long j = rows.first; j < rows.second; ++j)
            std::copy(from.at(i, j, cells.first), from.at(i, j, cells.second),
                      to.at(i, j, cells.first));
    });
}

/// The fields as the step finds them.
void GridRun::begin(std::size_t step) {
    last_ = step + 1 == steps_;
    for (const Feed& feed : call_.feeds) begin_fed(step, feed);
    if (step > 0) return;
    for (std::size_t f = 0; f < code_.fields.size(); ++f) {
        const bool writes = code_.fields[f].role == Field::Role::written;
        if (writes && code_.before[f].matters() && !read_of(call_, f) && !in_place(f))
            copy(callers(f), memory_[f], extents_.fields[f], {});
    }
}

void GridRun::begin_fed(std::size_t step, const Feed& feed) {
    GridMemory& written = memory_[feed.written];
    memory_[feed.read] = step == 0 ? callers(feed.read) : written;
    written =
        last_ && in_place(feed.written) ? callers(feed.written) : pair_[feed.written][step % 2];
    const GridBefore& before = code_.before[feed.written];
    if (!before.matters()) return;
    const long extent = extents_.starts[step * code_.fields.size() + feed.written];
    copy(memory_[feed.read], written, extent,
         before.is_read || !before.left_in ? Region{} : *before.left_in);
}

/// What was computed elsewhere goes to the caller's memory.
void GridRun::finish() {
    for (std::size_t f = 0; f < code_.fields.size(); ++f)
        if (code_.fields[f].role == Field::Role::written && !in_place(f))
            copy(memory_[f], callers(f), 0, {});
}

std::vector<double> GridRun::operator()() {
    const std::size_t stages = code_.stages.size();
    for (std::size_t step = 0; step < steps_; ++step) {
        begin(step);
        for (std::size_t s = 0; s < stages; ++s)
            run(code_.stages[s], extents_.stages[step * stages + s]);
    }
    finish();
    return std::move(partial_);
}

}  // namespace asp::ir::detail
