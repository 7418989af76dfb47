#include "bloodflow/detail/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "asp/base/error.hpp"
#include "bloodflow/detail/premises.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/summary.hpp"

namespace bloodflow {
namespace {

using asp::io::H5Reader;
using asp::io::H5Writer;

/// The parts of a state with their names and units, for writing and reading alike.
template <class State, class Visit>
void for_each_part(State& state, Visit visit) {
    visit("area", state.area, "m^2");
    visit("velocity", state.velocity, "m/s");
    visit("capacitor_pressure", state.capacitor_pressure, "Pa, of a formula its state's");
    visit("end_unknown", state.end_unknown, "m^(1/2)");
    visit("end_velocity", state.end_velocity, "m/s");
    visit("head", state.head, "m^2/s^2");
}

void write_state(H5Writer& file, const std::string& group, const FlowState& state) {
    file.write_double(group + "/time", state.time, {.units = "s"});
    for_each_part(state,
                  [&](const char* name, const std::vector<double>& values, const char* units) {
                      file.write(fmt::format("{}/{}", group, name), values, {values.size()},
                                 {.units = units, .compression = detail::plain});
                  });
}

/// Reads back, and holds every array against the size that it must have.
class CheckpointFile {
public:
    CheckpointFile(const std::filesystem::path& path, const RunConfig& config, const Mesh& mesh)
        : path_(path), file_(path), config_(config), mesh_(mesh) {}

    RunRecord read() const {
        require_checkpoint();
        require_premises();
        RunRecord record;
        record.status = status();
        record.failure = file_.string_attribute("/", "failure");
        record.kernel = file_.string_attribute("/", "kernel");
        record.harts = static_cast<std::size_t>(file_.int_attribute("/", "harts"));
        record.setup_seconds = file_.double_attribute("/", "setup_seconds");
        record.solve_seconds = file_.double_attribute("/", "solve_seconds");
        record.cell_updates = file_.double_attribute("/", "cell_updates");
        record.state = state("/checkpoint/state");
        for (const std::string& name : file_.names("/checkpoint/history")) {
            const std::string pair = "/checkpoint/history/" + name;
            record.history.push_back({state(pair + "/start"), state(pair + "/end")});
        }
        record.cycles = cycles();
        record.waveforms = waveforms();
        record.fields = fields();
        return record;
    }

private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw asp::InputError(fmt::format("{}: {}", path_.string(), why));
    }

    void require_checkpoint() const {
        if (!file_.has_attribute("/", "program") ||
            file_.string_attribute("/", "program") != "bloodflow" ||
            !file_.has("/checkpoint/premises"))
            refuse("holds no run of bloodflow to go on from");
        const std::int64_t format = file_.int_attribute("/", "format");
        if (format != detail::checkpoint_format)
            refuse(fmt::format("written in format {} by bloodflow {}, this program reads format {}",
                               format, file_.string_attribute("/", "version"),
                               detail::checkpoint_format));
    }

    void require_premises() const {
        const auto difference = detail::first_difference(file_.read_strings("/checkpoint/premises"),
                                                         detail::premises_of(config_, mesh_));
        if (difference) refuse("cannot go on from it: " + *difference);
    }

    RunStatus status() const {
        const std::string word = file_.string_attribute("/", "status");
        for (const RunStatus status : {RunStatus::converged, RunStatus::not_converged,
                                       RunStatus::interrupted, RunStatus::failed})
            if (word == status_word(status)) return status;
        refuse(fmt::format("damaged: status '{}'", word));
    }

    void require_size(const std::string& name, std::size_t size, std::size_t expected) const {
        if (size != expected)
            refuse(fmt::format("{}: damaged: {} values, expected {}", name, size, expected));
    }

    std::vector<double> doubles(const std::string& name, std::size_t expected) const {
        auto values = file_.read_doubles(name);
        require_size(name, values.size(), expected);
        return values;
    }

    FlowState state(const std::string& group) const {
        FlowState state;
        state.time = file_.read_double(group + "/time");
        for_each_part(state, [&](const char* name, std::vector<double>& values, const char*) {
            values = file_.read_doubles(fmt::format("{}/{}", group, name));
        });
        const std::size_t ends = 2 * mesh_.vessels.size(), nodes = config_.network.nodes.size();
        require_size(group + "/area", state.area.size(), mesh_.cells);
        require_size(group + "/velocity", state.velocity.size(), mesh_.cells);
        require_size(group + "/capacitor_pressure", state.capacitor_pressure.size(),
                     config_.network.terminals.size());
        if (state.end_unknown.empty()) return state;  // to be found from the cells, as the others
        require_size(group + "/end_unknown", state.end_unknown.size(), ends);
        require_size(group + "/end_velocity", state.end_velocity.size(), ends);
        require_size(group + "/head", state.head.size(), nodes);
        return state;
    }

    std::vector<CycleReport> cycles() const {
        const auto numbers = file_.read_ints("/convergence/cycle");
        std::vector<CycleReport> cycles(numbers.size());
        const auto each = [&](const char* name, auto set) {
            const std::string dataset = std::string("/convergence/") + name;
            const auto values = doubles(dataset, cycles.size());
            for (std::size_t k = 0; k < cycles.size(); ++k) set(cycles[k], values[k]);
        };
        each("cycle", [](CycleReport& r, double x) { r.cycle = static_cast<int>(x); });
        each("pressure_change", [](CycleReport& r, double x) { r.pressure_change = x; });
        each("flow_change", [](CycleReport& r, double x) { r.flow_change = x; });
        each("mass_drift", [](CycleReport& r, double x) { r.mass_drift = x; });
        each("remaining_error", [](CycleReport& r, double x) { r.remaining_error = x; });
        each("extrapolated", [](CycleReport& r, double x) { r.extrapolated = x != 0.0; });
        each("seconds", [](CycleReport& r, double x) { r.seconds = x; });
        each("steps", [](CycleReport& r, double x) { r.steps = static_cast<std::size_t>(x); });
        return cycles;
    }

    Waveforms waveforms() const {
        Waveforms waveforms;
        waveforms.time = file_.read_doubles("/waveforms/time");
        const std::size_t samples = waveforms.time.size(), places = station_names.size();
        const auto groups = detail::waveform_groups(config_.network);
        const auto read = [&](const std::string& name) {
            std::vector rows(samples, std::vector<double>(places * groups.size()));
            for (std::size_t v = 0; v < groups.size(); ++v) {
                const auto values =
                    doubles(fmt::format("/waveforms/{}/{}", groups[v], name), places * samples);
                for (std::size_t k = 0; k < samples; ++k)
                    for (std::size_t place = 0; place < places; ++place)
                        rows[k][places * v + place] = values[place * samples + k];
            }
            return rows;
        };
        waveforms.area = read("area");
        waveforms.flow = read("flow");
        return waveforms;
    }

    Fields fields() const {
        Fields fields;
        if (!file_.has("/fields/time")) return fields;
        fields.time = file_.read_doubles("/fields/time");
        const std::size_t samples = fields.time.size();
        const auto read = [&](const std::string& name) {
            auto values = file_.read_floats(name);
            require_size(name, values.size(), samples * mesh_.cells);
            return values;
        };
        fields.area = read("/fields/area");
        fields.flow = read("/fields/flow");
        return fields;
    }

    const std::filesystem::path& path_;
    H5Reader file_;
    const RunConfig& config_;
    const Mesh& mesh_;
};

}  // namespace

namespace detail {

std::vector<std::string> waveform_groups(const Network& network) {
    std::set<std::string> taken{"", ".", "time"};
    std::vector<std::string> names;
    for (std::size_t v = 0; v < network.vessels.size(); ++v) {
        std::string name = network.vessels[v].name;
        std::replace(name.begin(), name.end(), '/', '_');
        if (!taken.insert(name).second) {
            name += fmt::format("_{}", v);
            taken.insert(name);
        }
        names.push_back(name);
    }
    return names;
}

void write_checkpoint(H5Writer& file, const RunConfig& config, const Mesh& mesh,
                      const RunRecord& record) {
    write_state(file, "/checkpoint/state", record.state);
    file.create_group("/checkpoint/history");
    for (std::size_t k = 0; k < record.history.size(); ++k) {
        const std::string pair = fmt::format("/checkpoint/history/{:04}", k);
        write_state(file, pair + "/start", record.history[k].start);
        write_state(file, pair + "/end", record.history[k].end);
    }
    file.write_strings("/checkpoint/premises", premises_of(config, mesh));
}

}  // namespace detail

RunRecord read_checkpoint(const std::filesystem::path& path, const RunConfig& config,
                          const Mesh& mesh) {
    return CheckpointFile(path, config, mesh).read();
}

}  // namespace bloodflow
