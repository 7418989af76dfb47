#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "krylov/commands.hpp"
#include "krylov/generate.hpp"
#include "krylov/timing.hpp"

namespace {

using krylov::CommandLine;

void add_common(CLI::App& app, CommandLine& line) {
    app.add_option("--threads", line.threads, "harts (hardware threads) to use; default: all")
        ->check(CLI::Range(1, 65536));
    app.add_option("--specialize", line.specialize,
                   "kernels made for this matrix by the machine's compiler, before they run: auto "
                   "or sync: where there is one; require: or fail; off: never")
        ->check(CLI::IsMember({"auto", "sync", "require", "off"}))
        ->capture_default_str();
    app.add_option("--backend", line.backend,
                   "where powers and tune compute: cpu, cuda (a device, not tried on one yet); "
                   "auto: the processor")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    app.add_option("--summary", line.summary, "also write a JSON summary to this file");
    app.add_flag("--quiet", line.quiet, "print nothing but errors");
}

void add_matrix(CLI::App& app, CommandLine& line) {
    app.add_option("--matrix", line.matrix, "file, or a generated one, as stencil:7pt:128")
        ->required();
}

void add_plan(CLI::App& app, CommandLine& line) {
    app.add_option("--basis", line.basis, "monomial, newton or chebyshev")->capture_default_str();
    app.add_option("--scale", line.scale, "factor of each level of the monomial basis")
        ->capture_default_str();
    app.add_option("--keep", line.keep, "basis: all vectors; polynomial: one sum of them")
        ->capture_default_str();
    app.add_option("--vectors", line.vectors, "at once")
        ->check(CLI::Range(1, 8))
        ->capture_default_str();
    app.add_option("--method", line.method,
                   "auto, plain, implicit or explicit; on a device auto, levels, cooperative, "
                   "tiles or cusparse (whose bits are not the reference's)")
        ->capture_default_str();
    app.add_option("--storage", line.storage, "auto, csr, slices or blocks")->capture_default_str();
    app.add_option(
           "--numbering", line.numbering,
           "of rows inside a plan: auto, given, length (long rows first) or levels (reverse "
           "Cuthill-McKee)")
        ->capture_default_str();
    app.add_option("--block", line.block, "rows and columns of a dense block");
    app.add_option("--depth", line.depth, "levels made in one sweep over the matrix");
    app.add_option("--tile-kib", line.tile_kib, "matrix and vectors in a tile");
}

CLI::App* add_powers(CLI::App& app, CommandLine& line) {
    auto* powers = app.add_subcommand("powers", "x, A x, ..., A^k x or a polynomial of A");
    add_matrix(*powers, line);
    powers->add_option("--k", line.k, "levels")->capture_default_str();
    add_plan(*powers, line);
    powers->add_option("--coefficients", line.coefficients, "of the polynomial, k + 1 numbers")
        ->delimiter(',');
    powers
        ->add_option("--tune", line.budget,
                     "products that planning and timing candidates may cost; default: 30, on a "
                     "device, where packing is not counted, 500")
        ->check(CLI::Range(0.0, 1e9));
    powers->add_option("--x", line.x, "FILE.h5:/x to start from; default: random, always the same");
    powers->add_option("--output", line.output, "folder for basis.h5");
    powers->add_flag("--compare", line.compare,
                     "also time k plain products, and compare the bits with the reference's");
    powers->add_option("--cross-check", line.cross_check, "other libraries: petsc,eigen")
        ->delimiter(',');
    powers->add_flag("--show-kernel", line.show_kernel,
                     "print the C++ that is made for this matrix, and do nothing else");
    powers->add_option("--repetitions", line.repetitions, "timed runs; default: 5 to 51")
        ->check(CLI::Range(1, 100000));
    add_common(*powers, line);
    return powers;
}

CLI::App* add_info(CLI::App& app, CommandLine& line) {
    auto* info = app.add_subcommand("info", "what there is to know of a matrix, and its plan");
    add_matrix(*info, line);
    info->add_option("--k", line.k, "levels to plan for")->capture_default_str();
    add_plan(*info, line);
    add_common(*info, line);
    return info;
}

CLI::App* add_tune(CLI::App& app, CommandLine& line) {
    auto* tune = app.add_subcommand("tune", "time plans, say what is best, and keep it");
    add_matrix(*tune, line);
    tune->add_option("--k", line.k, "levels: 8, 1..12 or 2,4,8")->capture_default_str();
    add_plan(*tune, line);
    tune->add_option("--budget", line.budget,
                     "products that timing may cost; default: 30, on a device 500")
        ->check(CLI::NonNegativeNumber);
    add_common(*tune, line);
    return tune;
}

CLI::App* add_bench(CLI::App& app, CommandLine& line) {
    auto* bench = app.add_subcommand("bench", "against plain products, CSR and other libraries");
    bench->add_option("--case", line.cases, "only these; may be repeated")->allow_extra_args(false);
    bench->add_option("--scale", line.size_scale, "of the matrices' edges, below 1 for a glance")
        ->check(CLI::Range(0.01, 4.0))
        ->capture_default_str();
    bench->add_option("--k", line.k, "levels")->capture_default_str();
    bench->add_option("--tune", line.budget, "products that timing plans may cost; default: 30")
        ->check(CLI::NonNegativeNumber);
    bench->add_option("--repetitions", line.repetitions, "timed runs; default: 5 to 51")
        ->check(CLI::Range(1, 100000));
    add_common(*bench, line);
    return bench;
}

CLI::App* add_experiment(CLI::App& app, CommandLine& line) {
    auto* experiment =
        app.add_subcommand("experiment", "matrices x methods x parameters, into tables and plots");
    experiment->add_option("FILE", line.config, "what to measure, in YAML")->required();
    experiment->add_option("--output", line.output, "folder for the results")->required();
    experiment
        ->add_option("--set", line.overrides, "key=value in place of the file's; may be repeated")
        ->allow_extra_args(false);
    add_common(*experiment, line);
    return experiment;
}

int run_program(int argc, char** argv) {
    CommandLine line;
    CLI::App app{"Matrix powers: x, A x, ..., A^k x sooner than k products, with the same bits."};
    app.name("krylov");
    app.set_version_flag("--version", std::string("krylov ") + asp::version);
    app.require_subcommand(0, 1);
    const auto* powers = add_powers(app, line);
    const auto* info = add_info(app, line);
    const auto* tune = add_tune(app, line);
    const auto* bench = add_bench(app, line);
    const auto* experiment = add_experiment(app, line);
    // After the commands, which would inherit it.
    app.footer(krylov::generator_help() +
               "\nExit codes: 0 done, 1 a run failed (its bits differ, a basis overflows), 2 bad "
               "input or usage,\n130 interrupted with valid files left.\n"
               "Example: krylov powers --matrix stencil:7pt:128 --k 8 --compare");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(asp::ExitCode::bad_input);
    }
    if (line.backend == "cuda" && !*powers && !*tune)
        throw asp::InputError("--backend cuda: expected with powers and tune only");
    asp::ExitCode code = asp::ExitCode::bad_input;
    if (*powers)
        code = krylov::powers_command(line);
    else if (*info)
        code = krylov::info_command(line);
    else if (*tune)
        code = krylov::tune_command(line);
    else if (*bench)
        code = krylov::bench_command(line);
    else if (*experiment)
        code = krylov::experiment_command(line);
    else
        std::fputs(
            "krylov: expected a command, as in 'krylov info --matrix stencil:7pt:64'; "
            "--help tells more\n",
            stderr);
    return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int code = run_program(argc, argv);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw asp::BackendError("what was printed could not be written");
        return code;
    } catch (const krylov::Interrupted&) {
        std::fputs("krylov: interrupted\n", stderr);
        return static_cast<int>(asp::ExitCode::interrupted);
    } catch (const asp::InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(asp::ExitCode::bad_input);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "krylov: %s\n", error.what());
        return static_cast<int>(asp::ExitCode::failure);
    }
}
