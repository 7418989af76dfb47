#include "bloodflow/simulate.hpp"

#include <chrono>

#include "asp/harts/team.hpp"
#include "asp/io/atomic_file.hpp"
#include "bloodflow/formula_step.hpp"
#include "bloodflow/picture.hpp"
#include "bloodflow/results_file.hpp"
#include "bloodflow/tubes.hpp"

namespace bloodflow {

std::shared_ptr<const StepKernels> kernels_for(const Network& network, asp::Mode mode,
                                               const Say& say) {
    asp::Context context = asp::process_context(mode);
    if (say) context.say = say;
    return std::make_shared<const StepKernels>(make_step(network, context));
}

RunRecord simulate(const Case& prepared, asp::Team& team, const RunHooks& hooks,
                   const SimulateOptions& options) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::seconds pause{3};
    auto last = Clock::now();
    const auto publish = [&](const RunRecord& record) {
        if (options.output.empty()) return;
        write_results(options.output / "results.h5", prepared.config, prepared.mesh, record);
        last = Clock::now();
    };
    RunHooks all = hooks;
    all.cycle_done = [&](const RunRecord& record) {
        hooks.cycle_done(record);
        if (Clock::now() - last >= pause) publish(record);
    };
    all.record_kept = [&](const RunRecord& record) {  // at the run's own pace
        hooks.record_kept(record);
        publish(record);
    };
    return run(prepared.config, prepared.mesh, prepared.steady, team, all, options.resumed);
}

std::vector<std::filesystem::path> write_files(const std::filesystem::path& folder,
                                               const Case& prepared, const RunRecord& record,
                                               asp::Team& team) {
    const RunConfig& config = prepared.config;
    std::vector<std::filesystem::path> files{folder / "results.h5"};
    const auto write_results_file = [&] {
        write_results(folder / "results.h5", config, prepared.mesh, record);
    };
    const auto write_pictures = [&] {
        if (record.waveforms.time.empty()) return;
        files.push_back(folder / "report.svg");
        asp::io::write_text_atomically(files.back(), draw(config, record));
        if (config.vtk_frames > 0 && !record.fields.time.empty())
            files.push_back(write_tubes(folder, config, prepared.mesh, record.fields, team));
    };
    if (config.field_rate) {  // whole fields take as long as the pictures: side by side
        team.run(
            [&](std::size_t begin, std::size_t end) {
                for (std::size_t task = begin; task < end; ++task)
                    task == 0 ? write_results_file() : write_pictures();
            },
            0, 2, 1);
    } else {
        write_results_file();
        write_pictures();
    }
    return files;
}

}  // namespace bloodflow
