#include "bloodflow/results_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "asp/base/version.hpp"
#include "asp/io/hdf5.hpp"
#include "bloodflow/detail/checkpoint.hpp"
#include "bloodflow/places.hpp"
#include "bloodflow/summary.hpp"

namespace bloodflow {
namespace {

using asp::io::H5Writer;

using detail::plain;

/// The numbers `of` each thing in a list.
template <class Number, class Things, class Of>
std::vector<Number> column(const Things& things, Of of) {
    std::vector<Number> numbers;
    numbers.reserve(things.size());
    for (const auto& thing : things) numbers.push_back(static_cast<Number>(std::invoke(of, thing)));
    return numbers;
}

void write_column(H5Writer& file, const std::string& name, const std::vector<double>& values,
                  const std::string& units) {
    file.write(name, values, {values.size()}, {.units = units, .compression = plain});
}

void write_column(H5Writer& file, const std::string& name,
                  const std::vector<std::int64_t>& values) {
    file.write(name, values, {values.size()}, {.compression = plain});
}

// ---- what was run, and how

void write_provenance(H5Writer& file, const RunConfig& config, const RunRecord& record) {
    const std::array<std::pair<const char*, std::string>, 7> texts{
        {{"program", "bloodflow"},
         {"version", asp::version},
         {"created", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
         {"status", status_word(record.status)},
         {"failure", record.failure},
         {"kernel", record.kernel},
         {"processor", processor_name()}}};
    for (const auto& [name, text] : texts) file.annotate("/", name, text);
    file.annotate("/", "format", detail::checkpoint_format);
    file.annotate("/", "harts", static_cast<std::int64_t>(record.harts));
    file.annotate("/", "setup_seconds", record.setup_seconds);
    file.annotate("/", "solve_seconds", record.solve_seconds);
    file.annotate("/", "cell_updates", record.cell_updates);
    // Texts of any length; an attribute would hide them.
    file.write_string("/inputs/config", config.text);
    file.write_string("/inputs/network", config.network_text);
    file.write_strings("/inputs/overrides", config.overrides);
    file.annotate("/inputs/config", "path", config.path.string());
    file.annotate("/inputs/network", "path", config.network_path.string());
}

void write_nodes(H5Writer& file, const Network& network) {
    std::vector<double> position;
    for (const Node& node : network.nodes)
        position.insert(position.end(), node.position.begin(), node.position.end());
    file.write_strings("/nodes/id", column<std::string>(network.nodes, &Node::id));
    file.write("/nodes/position", position, {network.nodes.size(), 3},
               {.units = "m", .compression = plain});
}

void write_vessels(H5Writer& file, const Network& network, const Mesh& mesh) {
    const auto& vessels = network.vessels;
    const auto node_ids = [&](std::size_t Vessel::*end) {
        return column<std::string>(vessels,
                                   [&](const Vessel& v) { return network.nodes[v.*end].id; });
    };
    const auto numbers = [&](const std::string& name, auto of, const std::string& units) {
        write_column(file, "/vessels/" + name, column<double>(vessels, of), units);
    };
    const auto ends = [&](const std::string& name, std::array<double, 2> Vessel::*of,
                          const std::string& units) {
        std::vector<double> values;
        for (const Vessel& v : vessels) values.insert(values.end(), (v.*of).begin(), (v.*of).end());
        file.write("/vessels/" + name, values, {vessels.size(), 2},
                   {.units = units, .description = "at inlet and outlet", .compression = plain});
    };
    const auto counts = [&](const std::string& name, auto of) {
        write_column(file, "/vessels/" + name, column<std::int64_t>(mesh.vessels, of));
    };
    file.write_strings("/vessels/name", column<std::string>(vessels, &Vessel::name));
    file.write_strings("/vessels/from", node_ids(&Vessel::from));
    file.write_strings("/vessels/to", node_ids(&Vessel::to));
    numbers("length", &Vessel::length, "m");
    ends("radius", &Vessel::radius, "m");
    ends("wall_thickness", &Vessel::wall_thickness, "m");
    ends("young_modulus", &Vessel::young_modulus, "Pa");
    numbers("poisson_ratio", &Vessel::poisson_ratio, "1");
    numbers("reference_pressure", &Vessel::reference_pressure, "Pa");
    counts("cells", &Mesh::Cells::count);
    counts("first_cell", &Mesh::Cells::offset);
    counts("level", &Mesh::Cells::level);
}

// ---- what came out

void write_waveforms(H5Writer& file, const Network& network, const Waveforms& waveforms) {
    write_column(file, "/waveforms/time", waveforms.time, "s");
    const auto groups = detail::waveform_groups(network);
    for (std::size_t v = 0; v < groups.size(); ++v) {
        const std::string group = "/waveforms/" + groups[v];
        const StationSeries series = series_of(network, waveforms, v);
        const auto write = [&](const std::string& name, const std::vector<double>& values,
                               const std::string& units) {
            file.write(group + name, values, {station_names.size(), waveforms.time.size()},
                       {.units = units, .compression = plain});
        };
        write("/area", series.area, "m^2");
        write("/flow", series.flow, "m^3/s");
        write("/velocity", series.velocity, "m/s");
        write("/pressure", series.pressure, "Pa");
        file.annotate(group, "vessel", network.vessels[v].name);
        file.annotate(group, "places", fmt::format("{}", fmt::join(station_names, ",")));
    }
}

/// Where each cell lies, and its wall, so that a pressure can be had from an area.
void write_cells(H5Writer& file, const Network& network, const Mesh& mesh) {
    const Places cells = cell_places(network, mesh);
    file.write("/fields/vessel", cells.vessel, {cells.vessel.size()}, {.compression = plain});
    write_column(file, "/fields/position", cells.position, "m");
    write_column(file, "/fields/stiffness", cells.stiffness, "Pa/m");
    write_column(file, "/fields/reference_area", cells.reference_area, "m^2");
    write_column(file, "/fields/reference_pressure", cells.reference_pressure, "Pa");
    file.annotate("/fields", "pressure",
                  "reference_pressure + stiffness (sqrt(area) - sqrt(reference_area))");
    file.annotate("/fields", "position", "of the cell's middle from the vessel's inlet");
}

void write_fields(H5Writer& file, const Network& network, const Mesh& mesh, const Fields& fields) {
    if (fields.time.empty()) return;
    write_column(file, "/fields/time", fields.time, "s");
    const std::vector<std::size_t> extents{fields.time.size(), mesh.cells};
    file.write("/fields/area", fields.area, extents, {.units = "m^2", .compression = plain});
    file.write("/fields/flow", fields.flow, extents, {.units = "m^3/s", .compression = plain});
    write_cells(file, network, mesh);
}

void write_convergence(H5Writer& file, const std::vector<CycleReport>& cycles) {
    const auto numbers = [&](const std::string& name, auto of, const std::string& units) {
        write_column(file, "/convergence/" + name, column<double>(cycles, of), units);
    };
    const auto counts = [&](const std::string& name, auto of) {
        write_column(file, "/convergence/" + name, column<std::int64_t>(cycles, of));
    };
    counts("cycle", &CycleReport::cycle);
    numbers("pressure_change", &CycleReport::pressure_change, "1");
    numbers("flow_change", &CycleReport::flow_change, "1");
    numbers("mass_drift", &CycleReport::mass_drift, "1");
    numbers("remaining_error", &CycleReport::remaining_error, "1");
    counts("extrapolated", &CycleReport::extrapolated);
    numbers("seconds", &CycleReport::seconds, "s");
    counts("steps", &CycleReport::steps);
}

}  // namespace

void write_results(const std::filesystem::path& path, const RunConfig& config, const Mesh& mesh,
                   const RunRecord& record) {
    H5Writer file(path);
    write_provenance(file, config, record);
    write_nodes(file, config.network);
    write_vessels(file, config.network, mesh);
    write_waveforms(file, config.network, record.waveforms);
    write_fields(file, config.network, mesh, record.fields);
    write_convergence(file, record.cycles);
    detail::write_checkpoint(file, config, mesh, record);
    file.close();
}

}  // namespace bloodflow
