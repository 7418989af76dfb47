#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace asp::io {

/// A quantity at the points of a surface, in the unit that its name tells ("pressure_pa").
struct PointField {
    std::string name;
    std::span<const float> values;  ///< [points]
};

/// A number of each quad, such as that of the vessel it belongs to.
struct QuadNumbers {
    std::string name;
    std::span<const std::int32_t> values;  ///< [quads]
};

/// A surface of quads; it refers to the arrays of its caller.
struct Surface {
    std::span<const float> points;        ///< [3 points] x, y, z [m], point after point
    std::span<const std::int32_t> quads;  ///< [4 quads] point numbers, in turn around each quad
    std::vector<PointField> fields;
    std::vector<QuadNumbers> quad_numbers;
};

/// Writes `surface` as a VTK XML file (.vtp: raw appended data, LZ4), in one step.
/// Threads may write different files at once; no threads are started, and VTK is kept from doing so
/// in the whole process. Throws BackendError with the path and the cause.
void write_surface(const std::filesystem::path& vtp, const Surface& surface);

/// One file of a series.
struct CollectionEntry {
    double time;                 ///< [s]
    std::filesystem::path file;  ///< as seen from the folder of the collection
};

/// Writes the list of files (.pvd) that ParaView opens as one series, in one step.
/// Throws BackendError with the path and the cause.
void write_collection(const std::filesystem::path& pvd, std::span<const CollectionEntry> entries);

}  // namespace asp::io
