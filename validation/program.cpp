#include "validation/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "asp/base/testing.hpp"

namespace validation {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Runs the program to its end, its words going to `log`; gives its exit code.
int run_program(std::vector<std::string> arguments, const fs::path& log) {
    arguments.insert(arguments.begin(), ASP_BLOODFLOW);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = 0;
    const int error = posix_spawn(&child, ASP_BLOODFLOW, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error(std::string(ASP_BLOODFLOW) + " does not start");
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw std::runtime_error("the program was lost");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void require_success(std::vector<std::string> arguments, const Overrides& overrides,
                     const fs::path& log) {
    for (const std::string& pair : overrides) {
        arguments.emplace_back("--set");
        arguments.push_back(pair);
    }
    const int code = run_program(arguments, log);
    INFO(content(log));
    REQUIRE(code == 0);
}

}  // namespace

void simulate(const fs::path& config, const fs::path& folder, const Overrides& overrides) {
    Overrides without_pictures = overrides;
    without_pictures.emplace_back("output.vtk.frames=0");
    require_success({"--config", config.string(), "--output", folder.string(), "--quiet"},
                    without_pictures, folder / "log");
}

nlohmann::json steady(const fs::path& config, const Overrides& overrides) {
    const ScratchFolder folder;
    const fs::path summary = folder.path() / "summary.json";
    require_success({"steady", "--config", config.string(), "--summary", summary.string()},
                    overrides, folder.path() / "log");
    return nlohmann::json::parse(content(summary)).at("results").at("vessels");
}

Series FieldFrames::at_cell(std::size_t cell) const {
    Series series;
    series.time = time;
    for (std::size_t k = 0; k < time.size(); ++k) {
        series.pressure.push_back(pressure[k * cells() + cell]);
        series.flow.push_back(flow[k * cells() + cell]);
    }
    return series;
}

Series Results::at(const std::string& vessel, Place place) const {
    const std::string group = "/waveforms/" + vessel;
    Series series;
    series.time = file_.read_doubles("/waveforms/time");
    const auto samples = static_cast<std::ptrdiff_t>(series.time.size());
    const auto begin = static_cast<std::ptrdiff_t>(place) * samples;
    const auto part = [&](const std::string& name) {
        const auto all = file_.read_doubles(group + name);
        return std::vector<double>(all.begin() + begin, all.begin() + begin + samples);
    };
    series.pressure = part("/pressure");
    series.flow = part("/flow");
    return series;
}

FieldFrames Results::fields() const {
    FieldFrames frames;
    frames.time = file_.read_doubles("/fields/time");
    frames.position = file_.read_doubles("/fields/position");
    const auto stiffness = file_.read_doubles("/fields/stiffness");
    const auto reference_area = file_.read_doubles("/fields/reference_area");
    const auto reference_pressure = file_.read_doubles("/fields/reference_pressure");
    const auto area = file_.read_floats("/fields/area");
    for (std::size_t i = 0; i < area.size(); ++i) {
        const std::size_t cell = i % frames.cells();
        const double root = std::sqrt(static_cast<double>(area[i]));
        frames.pressure.push_back(reference_pressure[cell] +
                                  stiffness[cell] * (root - std::sqrt(reference_area[cell])));
    }
    const auto flow = file_.read_floats("/fields/flow");
    frames.flow.assign(flow.begin(), flow.end());
    return frames;
}

Series Results::last_cell(const std::string& vessel) const {
    const auto names = file_.read_strings("/vessels/name");
    const auto number =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), vessel) - names.begin());
    const auto first = file_.read_ints("/vessels/first_cell"),
               count = file_.read_ints("/vessels/cells");
    return fields().at_cell(static_cast<std::size_t>(first.at(number) + count.at(number) - 1));
}

std::vector<double> Results::final_flow() const {
    auto flow = file_.read_doubles("/checkpoint/state/area");
    const auto velocity = file_.read_doubles("/checkpoint/state/velocity");
    for (std::size_t i = 0; i < flow.size(); ++i) flow[i] *= velocity[i];
    return flow;
}

}  // namespace validation
