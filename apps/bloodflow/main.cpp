#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "bloodflow/commands.hpp"

namespace {

using bloodflow::CommandLine;

void add_common(CLI::App& app, CommandLine& line) {
    app.add_option("--threads", line.threads, "harts (hardware threads) to use; default: all")
        ->check(CLI::Range(1, 65536));
    app.add_option(
           "--set", line.overrides,
           "key=value in place of the file's, as in --set numerics.cell_length_mm=2; may be "
           "repeated")
        ->allow_extra_args(false);
    app.add_option("--summary", line.summary, "also write a JSON summary to this file");
    app.add_flag("--quiet", line.quiet, "print nothing but errors");
}

void add_run(CLI::App& app, CommandLine& line) {
    app.add_option("--output", line.output, "folder for the results")->capture_default_str();
    app.add_option("--resume", line.resume, "go on from this results file");
    app.add_option("--backend", line.backend,
                   "cpu: vectorized kernels; reference: the plain implementation, slow")
        ->check(CLI::IsMember({"auto", "cpu", "reference"}))
        ->capture_default_str();
    app.add_option("--specialize", line.specialize,
                   "kernels made for this run by the machine's compiler, before the first step: "
                   "auto or sync: where there is one; require: or fail; off: never")
        ->check(CLI::IsMember({"auto", "sync", "require", "off"}))
        ->capture_default_str();
    app.add_flag("--show-kernel", line.show_kernel,
                 "print the C++ that is made for this run, and do nothing else");
}

int run_program(int argc, char** argv) {
    CommandLine line;
    CLI::App app{"Pulse waves in networks of arteries: 1-D blood flow, to the periodic heartbeat."};
    app.name("bloodflow");
    app.set_version_flag("--version", std::string("bloodflow ") + asp::version);
    auto* config = app.add_option("--config", line.config, "run file to simulate");
    add_run(app, line);
    add_common(app, line);
    app.require_subcommand(0, 1);

    auto* steady = app.add_subcommand("steady", "steady flow under the inlets' mean flows");
    steady->add_option("--config", line.config, "run file")->required();
    add_common(*steady, line);
    auto* check = app.add_subcommand("check", "read a run file or a network and say what is wrong");
    check->add_option("FILE", line.config, "run file or network")->required();
    add_common(*check, line);
    auto* bench = app.add_subcommand("bench", "measure the solver against this machine's limits");
    bench->add_option("--config", line.config, "run file of the Circle of Willis")
        ->default_val("configs/willis.yaml");
    add_common(*bench, line);
    // After the commands, which would inherit it.
    app.footer(
        "Results, in the output folder: results.h5 (waveforms, cycles, state to resume from),\n"
        "report.svg (a picture) and, if the run file asks for it, tubes.pvd for ParaView.\n"
        "Exit codes: 0 done, 1 the run failed, 2 bad input or usage, 3 done but not converged,\n"
        "130 interrupted with valid files left.\n"
        "Example: bloodflow --config configs/willis.yaml --output out");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(asp::ExitCode::bad_input);
    }
    asp::ExitCode code = asp::ExitCode::bad_input;
    if (*steady)
        code = bloodflow::steady_command(line);
    else if (*check)
        code = bloodflow::check_command(line);
    else if (*bench)
        code = bloodflow::bench_command(line);
    else if (*config)
        code = bloodflow::run_command(line);
    else
        std::fputs("bloodflow: expected --config FILE or a command; --help tells more\n", stderr);
    return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_program(argc, argv);
    } catch (const asp::InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(asp::ExitCode::bad_input);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bloodflow: %s\n", error.what());
        return static_cast<int>(asp::ExitCode::failure);
    }
}
