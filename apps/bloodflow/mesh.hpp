#pragma once

#include <cstddef>
#include <vector>

#include "bloodflow/network.hpp"

namespace bloodflow {

enum class CellSizing { uniform, wave_speed };

struct Numerics {
    double cell_length = 1e-3;  ///< [m] target; with `wave_speed` that of the slowest vessel
    CellSizing cell_sizing = CellSizing::uniform;
    std::size_t min_cells = 3;  ///< per vessel, at least 2
    double cfl = 0.8;           ///< above 0.85 the limiter turns sharp waves into steps
    bool local_time_stepping = true;
};

/// Cells of equal length in each vessel. A vessel of level l takes 2^l steps while one of level 0
/// takes one.
struct Mesh {
    struct Cells {
        std::size_t count;
        double length;       ///< [m] of one cell
        std::size_t offset;  ///< of its first cell, vessels in the network's order
        int level;

        /// Middle of a cell, as a fraction of the vessel's length.
        double place(std::size_t cell) const {
            return (static_cast<double>(cell) + 0.5) / static_cast<double>(count);
        }
    };
    std::vector<Cells> vessels;
    std::size_t cells = 0;
    int levels = 1;
    /// What the limiter takes for smooth, per cell: a relative change of sqrt(A), and one of u
    /// [m/s].
    double smooth_fraction = 0.0, smooth_velocity = 0.0;
    double work = 0.0;  ///< estimate per second of simulated time, in cell steps
};

/// Divides each vessel; `speeds` [vessels] is the largest signal speed to expect [m/s]. Levels are
/// chosen for the least work: cell updates, plus a fixed cost of each level's step.
Mesh make_mesh(const Network& network, const Numerics& numerics, const std::vector<double>& speeds);

}  // namespace bloodflow
