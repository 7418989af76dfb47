#include "bloodflow/tubes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "asp/harts/team.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/io/vtk.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Direction = std::array<double, 3>;

Direction cross(const Direction& a, const Direction& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Direction unit(const Direction& a) {
    const double length = std::hypot(a[0], a[1], a[2]);
    return {a[0] / length, a[1] / length, a[2] / length};
}

/// Two directions at right angles to `axis` and to each other.
std::array<Direction, 2> across(const Direction& axis) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < 3; ++i)
        if (std::abs(axis[i]) < std::abs(axis[least])) least = i;
    Direction helper{};
    helper[least] = 1.0;
    const Direction first = unit(cross(axis, helper));
    return {first, unit(cross(axis, first))};
}

/// One ring of points around a vessel: where it is, and from which cells its values come.
struct Ring {
    Direction centre;  ///< [mm]
    const std::array<Direction, 2>* plane;
    std::size_t cell;  ///< the left one of two neighbours
    double weight;     ///< of the right one; outside 0 to 1 it extrapolates
    std::array<WallSection, 2> cell_walls;
    WallSection wall;
};

/// What does not change from frame to frame.
struct Tubes {
    std::vector<std::array<Direction, 2>> planes;  ///< [vessels]
    std::vector<Ring> rings;
    std::vector<Direction> circle;    ///< [sides] cosine, sine, unused
    std::vector<std::int32_t> quads;  ///< [4 quads]
    std::vector<std::int32_t> quad_vessel;
};

void add_rings(const RunConfig& config, const Mesh& mesh, std::size_t v, Tubes& tubes) {
    const Vessel& vessel = config.network.vessels[v];
    const Mesh::Cells& cells = mesh.vessels[v];
    const Direction& from = config.network.nodes[vessel.from].position;
    const Direction& to = config.network.nodes[vessel.to].position;
    const auto parts = static_cast<std::size_t>(
        std::max(1.0, std::ceil(vessel.length / config.vtk_ring_spacing - 1e-9)));
    const auto centre = [&](std::size_t i) {
        return (static_cast<double>(i) + 0.5) / static_cast<double>(cells.count);
    };
    for (std::size_t k = 0; k <= parts; ++k) {
        const double s = static_cast<double>(k) / static_cast<double>(parts);
        const double in_cells = s * static_cast<double>(cells.count) - 0.5;
        const auto left = static_cast<std::size_t>(
            std::clamp(std::floor(in_cells), 0.0, static_cast<double>(cells.count) - 2.0));
        Ring ring{.centre = {},
                  .plane = &tubes.planes[v],
                  .cell = cells.offset + left,
                  .weight = in_cells - static_cast<double>(left),
                  .cell_walls = {vessel.wall(centre(left)), vessel.wall(centre(left + 1))},
                  .wall = vessel.wall(s)};
        for (std::size_t axis = 0; axis < 3; ++axis)
            ring.centre[axis] = std::lerp(from[axis], to[axis], s) / mm;
        tubes.rings.push_back(ring);
    }
}

/// Quads between the rings from number `first` to the last.
void add_quads(std::size_t first, std::size_t v, Tubes& tubes) {
    const std::size_t sides = tubes.circle.size();
    for (std::size_t ring = first; ring + 1 < tubes.rings.size(); ++ring)
        for (std::size_t side = 0; side < sides; ++side) {
            const std::size_t next = (side + 1) % sides, here = ring * sides;
            for (const std::size_t corner :
                 {here + side, here + next, here + sides + next, here + sides + side})
                tubes.quads.push_back(static_cast<std::int32_t>(corner));
            tubes.quad_vessel.push_back(static_cast<std::int32_t>(v));
        }
}

Tubes make_tubes(const RunConfig& config, const Mesh& mesh) {
    Tubes tubes;
    for (int side = 0; side < config.vtk_sides; ++side) {
        const double angle = 2.0 * std::numbers::pi * side / config.vtk_sides;
        tubes.circle.push_back({std::cos(angle), std::sin(angle), 0.0});
    }
    for (const Vessel& vessel : config.network.vessels) {
        const Direction& from = config.network.nodes[vessel.from].position;
        const Direction& to = config.network.nodes[vessel.to].position;
        const Direction along{to[0] - from[0], to[1] - from[1], to[2] - from[2]};
        const bool drawn = std::hypot(along[0], along[1], along[2]) > 0.0;
        tubes.planes.push_back(across(drawn ? unit(along) : Direction{1.0, 0.0, 0.0}));
    }
    for (std::size_t v = 0; v < config.network.vessels.size(); ++v) {
        const std::size_t first = tubes.rings.size();
        add_rings(config, mesh, v, tubes);
        add_quads(first, v, tubes);
    }
    return tubes;
}

/// What the blood does at one ring.
struct RingValues {
    double pressure, flow, area;
};

/// Pressure and flow are interpolated; the area follows from the wall there, which may taper.
RingValues values_at(const Ring& ring, std::span<const float> area, std::span<const float> flow) {
    const auto pressure = [&](std::size_t side) {
        return ring.cell_walls[side].pressure(static_cast<double>(area[ring.cell + side]));
    };
    const double p = std::lerp(pressure(0), pressure(1), ring.weight);
    const double q = std::lerp(static_cast<double>(flow[ring.cell]),
                               static_cast<double>(flow[ring.cell + 1]), ring.weight);
    return {p, q, ring.wall.area(p)};
}

/// The arrays of one frame; each ring's values hold at all of its points.
struct Frame {
    std::vector<float> points, pressure, flow, velocity, radius, shear_stress;

    Frame(const Tubes& tubes, const Blood& blood, std::span<const float> area,
          std::span<const float> cell_flow) {
        const std::size_t sides = tubes.circle.size(), count = tubes.rings.size() * sides;
        points.reserve(3 * count);
        for (auto* values : {&pressure, &flow, &velocity, &radius, &shear_stress})
            values->reserve(count);
        const auto repeat = [&](std::vector<float>& values, double value) {
            values.insert(values.end(), sides, static_cast<float>(value));
        };
        for (const Ring& ring : tubes.rings) {
            const auto [p, q, a] = values_at(ring, area, cell_flow);
            const double r = std::sqrt(a / std::numbers::pi), u = q / a;
            repeat(pressure, p / mmHg);
            repeat(flow, q / mL);
            repeat(velocity, u);
            repeat(radius, r / mm);
            // mu |du/dr| at the wall, of the velocity profile that Blood describes
            repeat(shear_stress,
                   (blood.profile_exponent + 2.0) * blood.viscosity * std::abs(u) / r);
            add_circle(ring, tubes.circle, r / mm);
        }
    }

    void add_circle(const Ring& ring, const std::vector<Direction>& circle, double r) {
        const auto& [first, second] = *ring.plane;
        for (const Direction& angle : circle)
            for (std::size_t axis = 0; axis < 3; ++axis)
                points.push_back(static_cast<float>(
                    ring.centre[axis] + r * (angle[0] * first[axis] + angle[1] * second[axis])));
    }

    asp::io::Surface surface(const Tubes& tubes) const {
        return {points,
                tubes.quads,
                {{"pressure_mmhg", pressure},
                 {"flow_ml_s", flow},
                 {"velocity_m_s", velocity},
                 {"radius_mm", radius},
                 {"wall_shear_stress_pa", shear_stress}},
                {{"vessel", tubes.quad_vessel}}};
    }
};

}  // namespace

std::filesystem::path write_tubes(const std::filesystem::path& directory, const RunConfig& config,
                                  const Mesh& mesh, const TubeFrames& frames,
                                  const asp::Team& team) {
    asp::io::require_writable_folder(directory);
    const Tubes tubes = make_tubes(config, mesh);
    const std::size_t there = frames.time.size();
    const std::size_t count = std::min(there, static_cast<std::size_t>(config.vtk_frames));
    std::vector<asp::io::CollectionEntry> entries;
    for (std::size_t k = 0; k < count; ++k)
        entries.push_back({frames.time[k * there / count], fmt::format("tubes_{:04}.vtp", k)});
    const auto write = [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            const std::size_t moment = k * there / count;
            const auto cells = [&](const std::vector<float>& values) {
                return std::span(values).subspan(moment * mesh.cells, mesh.cells);
            };
            const Frame frame(tubes, config.network.blood, cells(frames.area), cells(frames.flow));
            asp::io::write_surface(directory / entries[k].file, frame.surface(tubes));
        }
    };
    team.run(write, 0, count, 1);
    auto collection = directory / "tubes.pvd";
    asp::io::write_collection(collection, entries);  // last: what it lists is there
    return collection;
}

}  // namespace bloodflow
