#include <utility>

#include "asp/ir/detail/grid_run.hpp"

namespace asp::ir::detail {
namespace {

using Kind = GridArgument::Kind;

/// Eight values side by side, so that none has to wait for the one before; which value goes to
/// which is a matter of its place in the row alone.
template <class Join>
double joined(double start, const double* values, long count, Join&& join) {
    std::array<double, 8> lanes;
    lanes.fill(start);
    long i = 0;
    for (; i + 8 <= count; i += 8)
        for (std::size_t k = 0; k < 8; ++k)
            lanes[k] = join(lanes[k], values[i + static_cast<long>(k)]);
    for (std::size_t k = 0; i < count; ++i, ++k) lanes[k] = join(lanes[k], values[i]);
    return join(join(join(lanes[0], lanes[4]), join(lanes[2], lanes[6])),
                join(join(lanes[1], lanes[5]), join(lanes[3], lanes[7])));
}

/// NaN is never the larger nor the smaller one: extremes leave it out.
double reduced(Reduction::Kind kind, double so_far, const double* values, long count) {
    switch (kind) {
        case Reduction::Kind::sum:
            return so_far + joined(0.0, values, count, [](double a, double b) { return a + b; });
        case Reduction::Kind::maximum:
            return joined(so_far, values, count, [](double a, double b) { return b > a ? b : a; });
        case Reduction::Kind::minimum:
            return joined(so_far, values, count, [](double a, double b) { return b < a ? b : a; });
    }
    return so_far;
}

}  // namespace

void GridRun::run(const GridStage& stage, long extent) {
    if (extent < 0) return;
    bind(stage);
    for_rows(shape_, ranges(extent), stage.region, [&](long i, Range rows, Range cells) {
        for (long begin = cells.first; begin < cells.second;) {
            const long end = std::min(cells.second, (begin / most_cells + 1) * most_cells);
            part(stage, i, rows, {begin, end});
            begin = end;
        }
    });
}

/// Rows that only differ in their places are run together, but for their ends.
void GridRun::part(const GridStage& stage, long i, Range rows, Range cells) {
    const long left = std::clamp(stage.left, cells.first, cells.second);
    const long right = std::clamp(shape_.cells - stage.right, left, cells.second);
    const long first = std::clamp(stage.above, rows.first, rows.second);
    const long last = std::clamp(shape_.rows - stage.below, first, rows.second);
    const bool alike = !stage.numbers_rows && last - first > 1 && right - left > 1;
    for (long j = rows.first; j < rows.second; ++j) {
        const bool is_done = alike && j >= first && j < last;
        if (!is_done) row(stage, i, j, cells);
        if (!is_done || j > first) continue;
        together(stage, i, {first, last}, {left, right});
        ends(stage, i, {first, last}, {cells.first, left}, {right, cells.second});
    }
}

/// The ends of rows, as many as are gathered at once.
void GridRun::ends(const GridStage& stage, long i, Range rows, Range left, Range right) {
    const long width = left.second - left.first + right.second - right.first;
    if (width == 0) return;
    const long at_once = most_gathered / width;
    for (long j = rows.first; j < rows.second; j += std::max(at_once, 1l)) {
        if (at_once > 0) {
            ends_at_once(stage, i, {j, std::min(j + at_once, rows.second)}, left, right);
            continue;
        }
        for (const Range& end : {left, right})
            if (end.first < end.second) row(stage, i, j, end);
    }
}

void GridRun::ends_at_once(const GridStage& stage, long i, Range rows, Range left, Range right) {
    const std::size_t last = code_.dimensions - 1;
    double* next = gathered_.data();
    long count = 0;
    const auto for_cells = [&](auto&& act) {
        count = 0;
        for (long j = rows.first; j < rows.second; ++j) {
            for (long x = left.first; x < left.second; ++x) act(count++, j, x);
            for (long x = right.first; x < right.second; ++x) act(count++, j, x);
        }
    };
    for (std::size_t a = 0; a < stage.arguments.size(); ++a) {
        const auto& [kind, number] = stage.arguments[a];
        const bool is_cell = kind == Kind::index && number == last;
        if (kind != Kind::load && !is_cell) continue;
        double* const to = std::exchange(next, next + most_gathered);
        columns_[a] = {to, 1};
        if (is_cell) {
            for_cells([&](long k, long, long x) { to[k] = static_cast<double>(x); });
            continue;
        }
        const Load& load = code_.loads[number];
        for_cells([&](long k, long j, long x) { to[k] = value(load, i, j, x); });
    }
    for (std::size_t k = 0; k < results_.size(); ++k)
        results_[k] = k < stage.stores.size()
                          ? std::exchange(next, next + most_gathered)
                          : values_.data() + (k - stage.stores.size()) * most_cells;
    for_cells([](long, long, long) {});
    stage.program.run(columns_, results_, static_cast<std::size_t>(count));
    for (std::size_t s = 0; s < stage.stores.size(); ++s)
        for_cells([&](long k, long j, long x) {
            *memory_[stage.stores[s]].at(i, j, x) = results_[s][k];
        });
    if (last_ && !stage.reductions.empty()) reduce(stage, i, {0, count}, 0);
}

/// What is read from a cell, wherever that leads.
double GridRun::value(const Load& load, long i, long j, long x) const {
    const std::size_t last = code_.dimensions - 1;
    const long slab = last > 0 ? inside(i + load.offset[0], shape_.slabs, code_.edge) : 0;
    const long row = last > 1 ? inside(j + load.offset[1], shape_.rows, code_.edge) : 0;
    const long cell = inside(x + load.offset[last], shape_.cells, code_.edge);
    if (slab < 0 || row < 0 || cell < 0) return code_.edge_value;
    return *memory_[load.field].at(slab, row, cell);
}

void GridRun::together(const GridStage& stage, long i, Range rows, Range cells) {
    const long width = cells.second - cells.first;
    const bool reduces = !stage.reductions.empty();
    const long at_once = reduces ? most_cells / width : rows.second - rows.first;
    numbers_[code_.dimensions] = static_cast<double>(i);
    column_steps_.clear();
    result_steps_.assign(stage.stores.size() + stage.reductions.size(), width);
    for (const auto& [kind, number] : stage.arguments)
        column_steps_.push_back(kind == Kind::load ? memory_[code_.loads[number].field].middle : 0);
    for (std::size_t k = 0; k < stage.stores.size(); ++k)
        result_steps_[k] = memory_[stage.stores[k]].middle;
    for (long j = rows.first; j < rows.second; j += at_once) {
        const long count = std::min(at_once, rows.second - j);
        bind_direct(stage, i, j, cells.first, cells.second);
        bind_results(stage, i, j, cells.first, 0);
        stage.program.run(columns_, results_, static_cast<std::size_t>(width),
                          {static_cast<std::size_t>(count), column_steps_, result_steps_});
        for (long k = 0; reduces && last_ && k < count; ++k) reduce(stage, i, cells, k * width);
    }
}

/// What is the same for all rows.
void GridRun::bind(const GridStage& stage) {
    const std::size_t last = code_.dimensions - 1;
    columns_.clear();
    results_.resize(stage.stores.size() + stage.reductions.size());
    values_.resize(stage.reductions.size() * most_cells);
    numbers_.assign(code_.dimensions + 2, 0.0);
    for (std::size_t d = 0; d < code_.dimensions; ++d)
        numbers_[d] = static_cast<double>(call_.shape[d]);
    std::size_t loads = 0;
    for (const auto& [kind, number] : stage.arguments) {
        if (kind == Kind::load) ++loads;
        columns_.push_back({kind == Kind::scalar  ? &call_.scalars[number]
                            : kind == Kind::shape ? &numbers_[number]
                            : kind == Kind::index && number != last
                                ? &numbers_[code_.dimensions + number]
                                : nullptr,
                            0});
    }
    gathered_.resize((loads + 1 + stage.stores.size()) * most_gathered);
}

/// Most cells find all they read in their row; those near its ends may not.
void GridRun::row(const GridStage& stage, long i, long j, Range cells) {
    const auto [begin, end] = cells;
    numbers_[code_.dimensions] = static_cast<double>(i);
    numbers_[code_.dimensions + 1] = static_cast<double>(j);
    const long first = std::clamp(stage.left, begin, end);
    const long last = std::clamp(shape_.cells - stage.right, first, end);
    for (long x = begin; x < first; x += most_gathered)
        gathered(stage, i, j, x, std::min(first, x + most_gathered));
    if (first < last) direct(stage, i, j, first, last);
    for (long x = last; x < end; x += most_gathered)
        gathered(stage, i, j, x, std::min(end, x + most_gathered));
    if (last_ && !stage.reductions.empty()) reduce(stage, i, cells, begin % most_cells);
}

/// `place`: of the first cell among the reductions' values.
void GridRun::bind_results(const GridStage& stage, long i, long j, long begin, long place) {
    const std::size_t stores = stage.stores.size();
    for (std::size_t k = 0; k < stores; ++k) results_[k] = memory_[stage.stores[k]].at(i, j, begin);
    for (std::size_t k = 0; k < stage.reductions.size(); ++k)
        results_[stores + k] = values_.data() + static_cast<long>(k) * most_cells + place;
}

void GridRun::number_cells(long begin, long end) {
    if (numbered_ == Range{begin, end}) return;
    numbered_ = {begin, end};
    cells_.resize(static_cast<std::size_t>(end - begin));
    for (long x = begin; x < end; ++x)
        cells_[static_cast<std::size_t>(x - begin)] = static_cast<double>(x);
}

/// Straight on the fields' memory.
void GridRun::direct(const GridStage& stage, long i, long j, long begin, long end) {
    bind_direct(stage, i, j, begin, end);
    bind_results(stage, i, j, begin, begin % most_cells);
    stage.program.run(columns_, results_, static_cast<std::size_t>(end - begin));
}

void GridRun::bind_direct(const GridStage& stage, long i, long j, long begin, long end) {
    const std::size_t last = code_.dimensions - 1;
    for (std::size_t a = 0; a < stage.arguments.size(); ++a) {
        const auto& [kind, number] = stage.arguments[a];
        if (kind == Kind::index && number == last) {
            number_cells(begin, end);
            columns_[a] = {cells_.data(), 1};
        }
        if (kind != Kind::load) continue;
        const Load& load = code_.loads[number];
        const long slab = last > 0 ? inside(i + load.offset[0], shape_.slabs, code_.edge) : 0;
        const long row = last > 1 ? inside(j + load.offset[1], shape_.rows, code_.edge) : 0;
        if (slab < 0 || row < 0)
            columns_[a] = {&code_.edge_value, 0};
        else
            columns_[a] = {memory_[load.field].at(slab, row, begin + load.offset[last]), 1};
    }
}

void GridRun::gathered(const GridStage& stage, long i, long j, long begin, long end) {
    const std::size_t last = code_.dimensions - 1;
    double* to = gathered_.data();
    for (std::size_t a = 0; a < stage.arguments.size(); ++a) {
        const auto& [kind, number] = stage.arguments[a];
        if (kind == Kind::index && number == last) {
            number_cells(begin, end);
            columns_[a] = {cells_.data(), 1};
        }
        if (kind != Kind::load) continue;
        for (long x = begin; x < end; ++x) to[x - begin] = value(code_.loads[number], i, j, x);
        columns_[a] = {to, 1};
        to += most_gathered;
    }
    bind_results(stage, i, j, begin, begin % most_cells);
    stage.program.run(columns_, results_, static_cast<std::size_t>(end - begin));
}

/// Into the partial values of the block, or of the blocks in one dimension. `place`: of the first
/// cell among the reductions' values.
void GridRun::reduce(const GridStage& stage, long i, Range cells, long place) {
    const bool line = code_.dimensions == 1;
    const long per_block = line ? GridProgram::cells_per_block : 1;
    if (!line && (i < lo_ || i >= hi_)) return;
    long begin = line ? std::max(cells.first, lo_) : cells.first;
    const long end = line ? std::min(cells.second, hi_) : cells.second;
    while (begin < end) {
        const long next = line ? std::min(end, (begin / per_block + 1) * per_block) : end;
        const long block = (line ? begin : i) / per_block - lo_ / per_block;
        for (std::size_t k = 0; k < stage.reductions.size(); ++k) {
            const double* values =
                values_.data() + static_cast<long>(k) * most_cells + place + begin - cells.first;
            for (const std::size_t at : stage.reductions[k].places) {
                double& so_far =
                    partial_[static_cast<std::size_t>(block) * code_.kinds.size() + at];
                so_far = reduced(stage.reductions[k].kind, so_far, values, next - begin);
            }
        }
        begin = next;
    }
}

}  // namespace asp::ir::detail
