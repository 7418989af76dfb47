#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/base/version.hpp"
#include "asp_program/benchmark.hpp"
#include "asp_program/commands.hpp"

namespace {

using namespace asp_program;

/// What the command line says. The command that it names runs when all of it has been read.
struct CommandLine {
    CLI::App app{"Looks after kernels: the compiled ones, their tuning, and this machine."};
    Output output;
    CacheRequest cache;
    ListRequest list;
    PruneRequest prune;
    TuneRequest tune;
    std::string record, bench_case;
    std::filesystem::path file, folder;
    bool own_records = false;
    std::function<asp::ExitCode()> command;

    /// A command or, below `parent`, an action.
    CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::function<asp::ExitCode()>& run) {
        CLI::App* sub = parent.add_subcommand(name, what);
        sub->add_option("--summary", output.summary, "also write a JSON summary to this file");
        sub->add_flag("--quiet", output.quiet, "print nothing but errors");
        if (run)
            sub->final_callback([this, run] {
                if (!command) command = run;  // an action comes before the command it belongs to
            });
        return sub;
    }
};

void add_cache(CommandLine& line) {
    const auto action = [&line](CacheAction chosen) {
        return [&line, chosen] {
            line.cache.action = chosen;
            return cache_command(line.cache, line.output);
        };
    };
    CLI::App* cache = line.add(line.app, "cache",
                               "the compiled kernels on disk: list (default), "
                               "clear, evict, path",
                               action(CacheAction::list));
    cache->require_subcommand(0, 1);
    line.add(*cache, "list", "name, compiler, size and age of each", action(CacheAction::list));
    line.add(*cache, "clear", "remove all; each is compiled again when needed",
             action(CacheAction::clear));
    line.add(*cache, "evict", "remove the least recently used", action(CacheAction::evict))
        ->add_option("--bytes", line.cache.bytes, "what may be left: 500MB, 0")
        ->required()
        ->transform(CLI::AsSizeValue(true));
    line.add(*cache, "path", "print the folder", action(CacheAction::path));
}

void add_db_files(CommandLine& line, CLI::App& db) {
    line.add(db, "export", "write all records, one JSON object a line",
             [&] { return db_export_command(line.file, line.output); })
        ->add_option("FILE", line.file, "'-': the standard output")
        ->required();
    CLI::App* import = line.add(db, "import", "take the records of a file; known ones stay", [&] {
        return db_import_command(line.file, line.own_records, line.output);
    });
    import->add_option("FILE", line.file, "'-': the standard input")->required();
    import->add_flag("--own", line.own_records,
                     "they are this user's own: verdicts stay verdicts. Else they are hints, to be "
                     "timed here");
}

void add_db(CommandLine& line) {
    CLI::App* db =
        line.add(line.app, "db", "the tuning records: list, show, export, import, prune", nullptr);
    db->require_subcommand(1);
    CLI::App* list = line.add(*db, "list", "one line for each record",
                              [&] { return db_list_command(line.list, line.output); });
    list->add_option("--specializer", line.list.specializer, "only of this one");
    list->add_option("--platform", line.list.platform, "only of this one (as listed)");
    list->add_option("--status", line.list.status, "only these")
        ->check(CLI::IsMember({"ok", "wrong", "crash", "timeout", "compile_error"}));
    line.add(*db, "show", "all that is known of a record",
             [&] { return db_show_command(line.record, line.output); })
        ->add_option("ID", line.record, "as listed, or more of it")
        ->required();
    add_db_files(line, *db);
    CLI::App* prune = line.add(*db, "prune", "remove the records that all given options match",
                               [&] { return db_prune_command(line.prune, line.output); });
    prune->add_option("--older-than", line.prune.older_than_days, "days")
        ->check(CLI::NonNegativeNumber);
    prune->add_option("--platform", line.prune.platform, "measured there (as listed)");
    prune->add_option("--specializer", line.prune.specializer, "of this one");
    prune->add_option("--version-below", line.prune.version_below,
                      "of earlier versions of the specializer");
}

void add_tune(CommandLine& line) {
    TuneRequest& r = line.tune;
    CLI::App* tune = line.add(line.app, "tune", "find the fastest variant of a kernel here",
                              [&] { return tune_command(line.tune, line.output); });
    tune->add_option("SPECIALIZER", r.specializer, "as --list names it")->capture_default_str();
    tune->add_flag("--list", r.list, "the specializers that can be tuned");
    auto* file = tune->add_option("--function", r.function,
                                  "file with a function: Python's def, the last one counts");
    tune->add_option("--expression", r.expression, "a formula of the arguments in place of a file")
        ->excludes(file);
    tune->add_option("--argument", r.arguments,
                     "NAME, NAME[3] for a vector of 3, NAME=LOW:HIGH with the range of its values; "
                     "in order, once each")
        ->allow_extra_args(false);
    tune->add_option("--given", r.given, "NAME=NUMBER that the specializer asks for")
        ->allow_extra_args(false);
    tune->add_option("--extent", r.extent, "size of the index space")
        ->check(CLI::Range(1L, 1000000000L))
        ->capture_default_str();
    tune->add_option("--level", r.level,
                     "estimate: look it up, time nothing; measure: 48 timed runs; patient: 480")
        ->check(CLI::IsMember({"estimate", "measure", "patient"}))
        ->capture_default_str();
    tune->add_option("--time-limit", r.seconds, "seconds for the search; default: the level's own")
        ->check(CLI::PositiveNumber);
}

void add_commands(CommandLine& line) {
    line.add(line.app, "doctor", "what was found on this machine, what it means, how to mend it",
             [&] { return doctor_command(line.output); });
    add_cache(line);
    add_db(line);
    add_tune(line);
    line.add(line.app, "pack", "copy kernels and records for machines without a compiler",
             [&] { return pack_command(line.folder, line.output); })
        ->add_option("FOLDER", line.folder, "made if it is not there; to be named in ASP_PACK_DIR")
        ->required();
    line.add(line.app, "bench", "measure the core against its aims",
             [&] { return bench_command(line.bench_case, line.output); })
        ->add_option("--case", line.bench_case, "only this group of cases")
        ->check(CLI::IsMember(case_names()));
    line.app.require_subcommand(1);
    line.app.set_version_flag("--version", std::string("asp ") + asp::version);
    line.app.footer(
        "Environment: ASP_CXX (compiler), ASP_CACHE_DIR, ASP_DATA_DIR, ASP_PACK_DIR (folders),\n"
        "ASP_HARTS (at most so many hardware threads).\n"
        "Exit codes: 0 done, 1 something on this machine failed, 2 bad input or usage.\n"
        "Example: asp doctor");
}

/// CLI11 would only say that a command is required.
void require_known_command(const CLI::App& app, const std::string& word) {
    if (word.starts_with("-")) return;
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    if (std::ranges::find(names, word) != names.end()) return;
    const auto nearest = asp::nearest_name(word, names);
    throw asp::InputError("asp: there is no command '" + word + "'; " +
                          (nearest ? "did you mean '" + *nearest + "'?" : "asp --help names all"));
}

int run_program(int argc, char** argv) {
    CommandLine line;
    line.app.name("asp");
    add_commands(line);
    try {
        require_known_command(line.app, argc > 1 ? argv[1] : "-");
        line.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return line.app.exit(error) == 0 ? 0 : static_cast<int>(asp::ExitCode::bad_input);
    }
    return static_cast<int>(line.command());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_program(argc, argv);
    } catch (const asp::InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(asp::ExitCode::bad_input);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "asp: %s\n", error.what());
        return static_cast<int>(asp::ExitCode::failure);
    }
}
