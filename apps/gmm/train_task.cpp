#include "gmm/train_task.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/harts/capacity.hpp"
#include "asp/harts/hart_pool.hpp"
#include "gmm/distributed/distributed_fit.hpp"

namespace gmm {
namespace {

/// Files are found again from any folder. What is told of them has the names that were given.
void make_absolute(Training& training) {
    const auto absolute = [](std::string& file) {
        if (!file.empty()) file = std::filesystem::absolute(file).string();
    };
    for (std::string& input : training.inputs) absolute(input);
    absolute(training.weights);
    absolute(training.prior);
}

/// Says before a fit what would not fit memory.
void require_memory(const CommandLine& line, const Begin& begin, std::size_t dimension) {
    if (!begin.model.state.mixture.weights.empty() || begin.prior) return;
    const FitOptions& options = begin.model.training.options;
    const bool selects = begin.select_from > 0;
    const std::size_t M = selects ? begin.select_to : options.components;
    const double needed = memory_of_fit(options.covariance, M, dimension);
    const auto there = static_cast<double>(asp::measure_memory());
    if (needed <= there) return;
    throw asp::InputError(fmt::format(
        "{}: {} {} components in {} dimensions take at least {:.1f} GiB of memory: expected at "
        "most the {:.1f} GiB there are",
        selects ? "--select " + line.select : fmt::format("--components {}", M), M,
        name_of(options.covariance), dimension, needed * 0x1p-30, there * 0x1p-30));
}

TrainTask open_here(const CommandLine& line, const TaskCheck& check) {
    Begin begin = training_of(line);
    Training& training = begin.model.training;
    check(line, training);
    FrameFiles files{training.inputs, training.weights, {}};
    if (!training.rows.empty()) files.rows = parse_row_range(training.rows);
    FrameInput input(files);
    require_memory(line, begin, input.dimension());
    if (begin.prior) require_fitting(*begin.prior, training.prior, input.dimension());
    const Mixture& given = begin.model.state.mixture;
    if (!given.weights.empty())
        require_fitting(given, line.resume.empty() ? *line.init : line.resume.string(),
                        input.dimension());
    if (line.resume.empty())
        training.precision = line.precision != "auto" ? line.precision
                             : input.is_single()      ? "single"
                                                      : "double";
    make_absolute(training);
    return {std::move(begin), std::move(input)};
}

/// What several ranks do not do.
void require_plain(const TrainTask& task, const Ranks& ranks) {
    const auto refuse = [](const std::string& option) {
        throw asp::InputError(option + ": expected none where several ranks train one mixture");
    };
    if (task.begin.select_from > 0) refuse("--select");
    if (task.begin.prior) refuse("--prior");
    if (task.begin.model.training.options.starts > 1) refuse("--starts");
    if (task.input.size() < static_cast<std::size_t>(ranks.size))
        throw asp::InputError(fmt::format("{} frames: expected at least one for each of {} ranks",
                                          task.input.size(), ranks.size));
}

/// Runs `act` on this rank; where it fails on one of them, all throw the same InputError.
template <class Act>
void together(const Ranks& ranks, Act&& act) {
    std::optional<std::string> problem;
    try {
        act();
    } catch (const asp::InputError& error) {
        problem = error.what();
    }
    ranks.agree(problem);
}

}  // namespace

double memory_of_fit(Covariance covariance, std::size_t components, std::size_t dimension) {
    const auto M = static_cast<double>(components), D = static_cast<double>(dimension);
    const bool is_matrix = covariance == Covariance::full || covariance == Covariance::tied;
    const double matrices = covariance == Covariance::tied ? 1.0 : M;
    const double width = covariance == Covariance::spherical ? 1.0 : is_matrix ? D * D : D;
    const double mixture = M * (1.0 + D) + matrices * width;
    const double sums = M * (1.0 + D) + matrices * (is_matrix ? (width + D) / 2.0 : width);
    return sizeof(double) * (2.0 * mixture + 2.0 * sums + M * D);
}

TrainTask open_task(const CommandLine& line, const Ranks* ranks, const TaskCheck& check) {
    if (ranks == nullptr) return open_here(line, check);
    std::optional<TrainTask> task;
    together(*ranks, [&] {
        task.emplace(open_here(line, check));
        require_plain(*task, *ranks);
    });
    return std::move(*task);
}

CommandLine line_of_rank(CommandLine line, const Ranks& ranks) {
    if (ranks.rank != 0) {
        line.quiet = true;
        line.summary.clear();
    }
    if (line.threads == 0)
        line.threads =
            std::max<std::size_t>(1, asp::HartPool::process().harts() /
                                         static_cast<std::size_t>(ranks_on_this_machine()));
    return line;
}

template <class Real>
void make_common_start(const Ranks& ranks, Model& model, const FrameInput& input,
                       const Engine& engine) {
    if (model.state.mixture.weights.extent(0) > 0) return;
    const FitOptions& options = model.training.options;
    const std::size_t M = options.components, D = input.dimension();
    Mixture& mixture = model.state.mixture;
    mixture.covariance = options.covariance;
    mixture.weights = asp::Array<double, 1>({M});
    mixture.means = asp::Array<double, 2>({M, D});
    mixture.covariances = asp::Array<double, 2>(covariance_extents(options.covariance, M, D));
    together(ranks, [&] {
        if (ranks.rank != 0) return;
        const auto all = input.frames<Real>();
        Update first = initial_mixture<Real>(*all, options, engine);
        mixture = std::move(first.mixture);
        model.state.repairs = std::move(first.repairs);
    });
    broadcast(ranks, mixture);
}
template void make_common_start<float>(const Ranks&, Model&, const FrameInput&, const Engine&);
template void make_common_start<double>(const Ranks&, Model&, const FrameInput&, const Engine&);

}  // namespace gmm
