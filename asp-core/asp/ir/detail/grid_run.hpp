#pragma once

#include <memory>
#include <vector>

#include "asp/ir/detail/grid_code.hpp"
#include "asp/ir/detail/grid_rows.hpp"

namespace asp::ir::detail {

/// The loops of a grid function on memory of its own where that of the caller will not do.
class GridRun {
public:
    GridRun(const GridCode& code, const GridCall& call, long lo, long hi);

    /// Partial values of what is returned.
    std::vector<double> operator()();

private:
    /// Cells that are computed at once: in one dimension there may be many.
    static constexpr long most_cells = 4096;
    /// Cells at the edge that are gathered at once.
    static constexpr long most_gathered = 512;

    /// Outermost indices of the range and `extent` more to either side.
    std::vector<Range> ranges(long extent) const;
    bool is_own(long extent) const;
    bool in_place(std::size_t field) const;
    bool in_turns(std::size_t step, std::size_t field) const;
    GridMemory callers(std::size_t field) const;
    GridMemory own(long extent);
    void begin(std::size_t step);
    void begin_fed(std::size_t step, const Feed& feed);
    void copy(const GridMemory& from, const GridMemory& to, long extent, const Region& region);
    void finish();

    // grid_stage.cpp
    void run(const GridStage& stage, long extent);
    void bind(const GridStage& stage);
    void part(const GridStage& stage, long i, Range rows, Range cells);
    void row(const GridStage& stage, long i, long j, Range cells);
    void together(const GridStage& stage, long i, Range rows, Range cells);
    void ends(const GridStage& stage, long i, Range rows, Range left, Range right);
    void ends_at_once(const GridStage& stage, long i, Range rows, Range left, Range right);
    void direct(const GridStage& stage, long i, long j, long begin, long end);
    void bind_direct(const GridStage& stage, long i, long j, long begin, long end);
    void gathered(const GridStage& stage, long i, long j, long begin, long end);
    double value(const Load& load, long i, long j, long x) const;
    void bind_results(const GridStage& stage, long i, long j, long begin, long place);
    void number_cells(long begin, long end);
    void reduce(const GridStage& stage, long i, Range cells, long place);

    const GridCode& code_;
    const GridCall& call_;
    GridShape shape_;
    long lo_, hi_;
    GridExtents extents_;
    std::size_t steps_;
    bool last_ = false;                            ///< step
    std::vector<GridMemory> memory_;               ///< of the fields, as of the step
    std::vector<std::array<GridMemory, 2>> pair_;  ///< of fed fields, in turns
    std::vector<std::unique_ptr<double[]>> owned_;
    std::vector<double> partial_;  ///< [blocks, returned]

    // of the stage that is being run
    std::vector<Column<double>> columns_;
    std::vector<double*> results_;
    std::vector<std::ptrdiff_t> column_steps_, result_steps_;  ///< from row to row
    std::vector<double> numbers_;   ///< shape, then the indices of slab and row
    std::vector<double> cells_;     ///< numbers of cells
    Range numbered_{0, 0};          ///< those of cells_
    std::vector<double> gathered_;  ///< [loads, the cells' numbers, stores; most_gathered]
    std::vector<double> values_;    ///< [reductions, most_cells]
};

}  // namespace asp::ir::detail
