#include "asp/tune/tune.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "asp/base/error.hpp"
#include "asp/base/progress.hpp"
#include "asp_program/commands.hpp"
#include "asp_program/report.hpp"
#include "asp_program/specializers.hpp"

namespace asp_program {
namespace {

double number(const std::string& text, const std::string& option) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw asp::InputError(fmt::format("{}: expected a number in place of '{}'", option, text));
    return value;
}

/// "x", "x[3]", "x=0:2", "x[3]=0:2"
asp::ir::Symbol symbol_from(const std::string& text) {
    const std::string option = "--argument " + text;
    asp::ir::Symbol symbol;
    const auto equals = text.find('=');
    symbol.name = text.substr(0, equals);
    if (const auto bracket = symbol.name.find('['); bracket != std::string::npos) {
        const double size =
            number(symbol.name.substr(bracket + 1, symbol.name.size() - bracket - 2), option);
        if (symbol.name.back() != ']' || !(size >= 1.0 && size <= 1000.0))
            throw asp::InputError(option + ": expected NAME[SIZE]");
        symbol.size = static_cast<std::size_t>(size);
        symbol.name.resize(bracket);
    }
    if (equals == std::string::npos) return symbol;
    const std::string range = text.substr(equals + 1);
    const auto colon = range.find(':');
    if (colon == std::string::npos) throw asp::InputError(option + ": expected NAME=LOW:HIGH");
    symbol.range = {number(range.substr(0, colon), option),
                    number(range.substr(colon + 1), option)};
    if (!(symbol.range.low < symbol.range.high))
        throw asp::InputError(option + ": expected LOW below HIGH");
    return symbol;
}

asp::Constants constants_from(const std::vector<std::string>& given) {
    asp::Constants constants;
    for (const std::string& text : given) {
        const auto equals = text.find('=');
        if (equals == std::string::npos)
            throw asp::InputError(fmt::format("--given {}: expected NAME=NUMBER", text));
        constants[text.substr(0, equals)] =
            static_cast<long>(number(text.substr(equals + 1), "--given " + text));
    }
    return constants;
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) throw asp::InputError(path.string() + ": cannot be read");
    return text.str();
}

asp::Problem problem_of(const TuneRequest& request, const KnownSpecializer& known) {
    const bool is_expression = !request.expression.empty();
    if (!is_expression && request.function.empty()) return known.example();
    asp::ir::Environment environment;
    for (const std::string& text : request.arguments)
        environment.arguments.push_back(symbol_from(text));
    const asp::Constants given = constants_from(request.given);
    const auto source = std::make_shared<const asp::ir::Source>(
        is_expression ? asp::ir::Source{"--expression", request.expression, 0}
                      : asp::ir::Source{request.function.string(), content(request.function), 1});
    asp::Diagnostics diagnostics;
    std::optional<asp::Problem> problem;
    if (!is_expression)
        problem = parse_problem(*known.specializer, source, environment, given, diagnostics);
    else if (const auto function = parse_expression(source, environment, diagnostics))
        problem = known.specializer->parse(*function, given, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

void print_list() {
    for (const KnownSpecializer& known : known_specializers())
        fmt::print("{} {}: {}; without a function: {}\n", known.specializer->name(),
                   known.specializer->version(), known.what, known.example_name);
}

std::string verdict_of(const asp::tune::Measurement& m, const asp::tune::TuneResult& result) {
    if (m.status != asp::db::Status::ok) return std::string(name_of(m.status));
    const bool has_verdict = result.search.verdict == asp::tune::Verdict::faster ||
                             result.search.verdict == asp::tune::Verdict::default_best;
    return has_verdict && m.variant == result.variant ? "chosen" : "";
}

void print_table(const asp::tune::TuneResult& result) {
    if (!result.search.measured.empty())
        fmt::print("{:>7}  {:>15}  {:>10}  {:>4}  {:<13}  {}\n", "ratio", "quartiles", "least",
                   "runs", "", "variant");
    bool is_default = true;  // the first one is
    for (const asp::tune::Measurement& m : result.search.measured) {
        const bool timed = !m.samples.empty();
        fmt::print("{:>7}  {:>15}  {:>10}  {:>4}  {:<13}  {}{}\n",
                   m.ratio ? fmt::format("{:.3f}", m.ratio->median) : "",
                   m.ratio ? fmt::format("{:.3f} - {:.3f}", m.ratio->low, m.ratio->high) : "",
                   timed ? seconds_text(m.least()) : "", m.samples.size(), verdict_of(m, result),
                   asp::to_string(m.variant), is_default ? " (default)" : "");
        is_default = false;
    }
    fmt::print("use: {}\n", asp::to_string(result.variant));
    fmt::print("     {}\n", result.origin);
    if (result.origin.find(result.search.how) == std::string::npos)
        fmt::print("     {}\n", result.search.how);
    if (result.compiled > 0)
        fmt::print("{} compiled, {} in all\n",
                   counted(static_cast<std::size_t>(result.compiled), "text"),
                   seconds_text(result.seconds));
}

nlohmann::json to_json(const asp::tune::TuneResult& result) {
    nlohmann::json table = nlohmann::json::array();
    for (const asp::tune::Measurement& m : result.search.measured) {
        nlohmann::json row{
            {"variant", m.variant}, {"status", name_of(m.status)}, {"runs", m.samples.size()}};
        if (!m.samples.empty()) row["least_s"] = m.least();
        if (m.ratio)
            row["ratio"] = {
                {"median", m.ratio->median}, {"low", m.ratio->low}, {"high", m.ratio->high}};
        table.push_back(row);
    }
    return {{"variant", result.variant},
            {"origin", result.origin},
            {"how", result.search.how},
            {"timed_runs", result.search.timed_runs},
            {"compiled", result.compiled},
            {"seconds", result.seconds},
            {"measured", table}};
}

asp::tune::TuneContext context_of(const TuneRequest& request) {
    asp::tune::TuneContext context;
    context.level = *asp::tune::parse_level(request.level);
    context.extent = request.extent;
    context.seconds = request.seconds;
    context.cache = &asp::jit::KernelCache::process();
    context.toolchain = asp::jit::host_toolchain();
    context.platform = asp::jit::measure_platform();
    return context;
}

}  // namespace

asp::ExitCode tune_command(const TuneRequest& request, const Output& output) {
    if (request.list) {
        print_list();
        return asp::ExitCode::done;
    }
    const KnownSpecializer& known = specializer_named(request.specializer);
    const asp::Problem problem = problem_of(request, known);
    asp::tune::TuneContext context = context_of(request);
    const bool timing = context.level != asp::tune::Level::estimate;
    if (timing && !context.toolchain)
        throw asp::BackendError("nothing can be tuned: " +
                                asp::jit::host_toolchain_report().problems.back());
    asp::db::Database database = asp::db::Database::of_user();
    context.database = &database;
    std::vector<std::string> said;
    context.say = [&](const std::string& line) { said.push_back(line); };
    asp::Progress progress(output.quiet ? asp::Verbosity::quiet : asp::Verbosity::normal);
    if (timing) progress.show("compiling and timing variants");
    const asp::tune::TuneResult result = tune_problem(*known.specializer, problem, context);
    progress.finish();
    if (!output.quiet) {
        for (const std::string& line : said)
            if (line != result.search.how) fmt::print("refused: {}\n", line);
        print_table(result);
    }
    if (timing && !output.quiet && database.access() == asp::db::Access::read_write)
        fmt::print("kept in {}\n", database.file().string());
    const bool failed = result.search.verdict == asp::tune::Verdict::default_fails;
    write_summary(output, "tune", failed ? "failed" : "converged", to_json(result));
    return failed ? asp::ExitCode::failure : asp::ExitCode::done;
}

}  // namespace asp_program
