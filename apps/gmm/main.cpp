#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "gmm/commands.hpp"
#include "gmm/distributed/ranks.hpp"
#include "gmm/session.hpp"

namespace {

using gmm::CommandLine;

void add_common(CLI::App& app, CommandLine& line) {
    app.add_option("--threads", line.threads, "harts (hardware threads) to use; default: all")
        ->check(CLI::Range(1, 65536));
    app.add_option("--specialize", line.specialize,
                   "kernels made for this mixture by the machine's compiler: auto: in the "
                   "background, when passes have run for a second; sync: before they run; require: "
                   "or fail; off: never. All give the same bits")
        ->check(CLI::IsMember({"auto", "sync", "require", "off"}))
        ->capture_default_str();
    app.add_option("--backend", line.backend,
                   "where train and score compute their passes: cpu, cuda (a device, not tried on "
                   "one yet), or auto: cpu")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    app.add_option("--summary", line.summary, "also write a JSON summary to this file");
    app.add_flag("--quiet", line.quiet, "print nothing but errors");
}

CLI::Option* add_frames(CLI::App& app, CommandLine& line) {
    auto* const input = app.add_option(
        "--input", line.inputs,
        "frames [frames, features] in float32 or float64: FILE.h5:/dataset or FILE.npy; several "
        "are one behind another");
    app.add_option("--rows", line.rows, "FIRST:END of these frames; default: all");
    app.add_option("--precision", line.precision,
                   "of the arithmetic: auto (as the files), single or double")
        ->check(CLI::IsMember({"auto", "single", "double"}))
        ->capture_default_str();
    return input;
}

void add_fit(CLI::App& app, CommandLine& line) {
    app.add_option("--components", line.components, "of the mixture");
    app.add_option("--covariance", line.covariance, "full, tied, diag or spherical; default: diag");
    app.add_option("--init", line.init,
                   "kmeans, k-means++, random, random_from_data, or a model FILE.h5; default: "
                   "kmeans");
    app.add_option("--starts", line.starts, "to take the best of; default: 1");
    app.add_option("--seed", line.seed, "of all that is random; default: 0");
    app.add_option("--tolerance", line.tolerance,
                   "change of the log-likelihood [nats a frame] that ends it; default: 0.001");
    app.add_option("--iterations", line.iterations, "at most; default: 100");
    app.add_option("--regularization", line.regularization,
                   "added to each variance; default: 1e-6");
    app.add_option("--relative-floor", line.relative_floor,
                   "least variance, relative to that of all frames; default: 0");
}

CLI::App* add_train(CLI::App& app, CommandLine& line) {
    auto* train = app.add_subcommand("train", "a mixture for frames, by expectation-maximization");
    add_frames(*train, line);
    train->add_option("--weights", line.weights, "of the frames: FILE.h5:/dataset or FILE.npy");
    train->add_option("--memory", line.memory_mib,
                      "MiB that frames may take; more of them are read again for each iteration; "
                      "default: a quarter of what the program may have");
    add_fit(*train, line);
    train->add_option("-o", line.result, "file for the model");
    train->add_option("--output", line.output, "folder for report.svg, and the model without -o");
    train->add_option("--resume", line.resume, "model to go on with, on the frames it names");
    train->add_option("--save-every", line.save_seconds, "seconds between states saved on the way")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    train->add_option("--prior", line.prior, "model to adapt to the frames (MAP)");
    train->add_option("--relevance", line.relevance, "frames that the prior counts as")
        ->capture_default_str();
    train->add_option("--adapt", line.adapt, "means, variances, weights; default: means")
        ->delimiter(',');
    train->add_option("--select", line.select, "LO..HI components: the best number of them");
    train->add_option("--by", line.criterion, "what --select goes by: bic or aic")
        ->capture_default_str();
    train->add_option("--cross-check", line.cross_check,
                      "eigen: one iteration also by the plain code, on 20000 frames at most");
    add_common(*train, line);
    return train;
}

CLI::App* add_score(CLI::App& app, CommandLine& line) {
    auto* score = app.add_subcommand("score", "what a mixture says of frames");
    score->add_option("--model", line.model, "as train wrote it")->required();
    add_frames(*score, line)->required();
    score->add_option("-o", line.result, "file for /log_likelihood and /component of each frame");
    score->add_flag("--responsibilities", line.responsibilities, "also /responsibilities");
    add_common(*score, line);
    return score;
}

CLI::App* add_info(CLI::App& app, CommandLine& line) {
    auto* info = app.add_subcommand("info", "what there is to know of a model");
    info->add_option("MODEL", line.model, "as train wrote it")->required();
    add_common(*info, line);
    return info;
}

CLI::App* add_tune(CLI::App& app, CommandLine& line) {
    auto* tune = app.add_subcommand(
        "tune", "times variants of the kernels; the verdicts are used from then on");
    tune->add_option("--dimension", line.dimension, "numbers in a frame")->required();
    tune->add_option("--components", line.components, "of the mixture")->required();
    tune->add_option("--covariance", line.covariance, "full, tied, diag or spherical");
    tune->add_option("--precision", line.precision, "auto (both), single or double")
        ->check(CLI::IsMember({"auto", "single", "double"}))
        ->capture_default_str();
    add_common(*tune, line);
    return tune;
}

CLI::App* add_bench(CLI::App& app, CommandLine& line) {
    auto* bench = app.add_subcommand("bench", "against this machine's peak and other libraries");
    bench->add_option("--cases", line.cases, "only these")->delimiter(',');
    bench->add_option("--scale", line.scale, "of the numbers of frames, below 1 for a glance")
        ->check(CLI::Range(1e-6, 4.0))
        ->capture_default_str();
    bench->add_option("--repetitions", line.repetitions, "timed runs; default: 5 to 25")
        ->check(CLI::Range(1, 100000));
    bench->add_flag("--no-peers", line.no_peers, "ours alone");
    bench->add_option("--python", line.python, "that has scikit-learn; default: the build's");
    add_common(*bench, line);
    return bench;
}

int run_program(int argc, char** argv) {
    CommandLine line;
    CLI::App app{"Gaussian mixtures by expectation-maximization, at the speed of the machine."};
    app.name("gmm");
    app.set_version_flag("--version", std::string("gmm ") + asp::version);
    app.require_subcommand(0, 1);
    const auto* train = add_train(app, line);
    const auto* score = add_score(app, line);
    const auto* info = add_info(app, line);
    const auto* tune = add_tune(app, line);
    const auto* bench = add_bench(app, line);
    app.footer(
        "\nExit codes: 0 done, 1 a run failed (a disk is full, a cross-check differs), 2 bad input "
        "or usage,\n3 done but not converged, 130 interrupted with valid files left.\n"
        "Example: gmm train --input points.h5:/x --components 64 --covariance full -o model.h5");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(asp::ExitCode::bad_input);
    }
    if (line.backend == "cuda" && !*train && !*score)
        throw asp::InputError("--backend cuda: expected with train and score only");
    asp::ExitCode code = asp::ExitCode::bad_input;
    if (*train)
        code = gmm::train_command(line);
    else if (*score)
        code = gmm::score_command(line);
    else if (*info)
        code = gmm::info_command(line);
    else if (*tune)
        code = gmm::tune_command(line);
    else if (*bench)
        code = gmm::bench_command(line);
    else
        std::fputs("gmm: expected a command, as in 'gmm info model.h5'; --help tells more\n",
                   stderr);
    return static_cast<int>(code);
}

}  // namespace

namespace {

/// Ends the process after an error. What ranks have agreed on is said by the first, and all end
/// alike; one that fails alone must not wait for the others in MPI's own end.
int fail(const std::string& line, asp::ExitCode code) {
    const bool is_agreed = line.starts_with("rank ");
    const bool is_first = gmm::rank_of_this_process() == 0;
    if (is_first || !is_agreed) std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(nullptr);
    if (!is_agreed && gmm::size_of_this_run() > 1) std::_Exit(static_cast<int>(code));
    return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int code = run_program(argc, argv);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw asp::BackendError("what was printed could not be written");
        return code;
    } catch (const gmm::Interrupted&) {
        return fail("gmm: interrupted: nothing was written", asp::ExitCode::interrupted);
    } catch (const asp::InputError& error) {
        return fail(error.what(), asp::ExitCode::bad_input);
    } catch (const std::bad_alloc&) {
        return fail(
            "gmm: out of memory: expected fewer --components or dimensions, or less --memory for "
            "frames",
            asp::ExitCode::failure);
    } catch (const std::exception& error) {
        return fail(std::string("gmm: ") + error.what(), asp::ExitCode::failure);
    }
}
