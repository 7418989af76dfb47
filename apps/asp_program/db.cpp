#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "asp/base/error.hpp"
#include "asp/db/database.hpp"
#include "asp/db/exchange.hpp"
#include "asp/io/atomic_file.hpp"
#include "asp/specialize/specializer.hpp"
#include "asp_program/commands.hpp"
#include "asp_program/report.hpp"

namespace asp_program {
namespace {

using asp::db::Access;
using asp::db::Database;
using asp::db::TuningRecord;

/// The user's database; throws BackendError where it does not give `needed`.
Database opened(Access needed) {
    // Trouble ends the command, and is said once.
    Database database = Database::of_user({.warn = [](const std::string&) {}});
    if (static_cast<int>(database.access()) < static_cast<int>(needed))
        throw asp::BackendError(database.file().string() + ": " + database.reason());
    return database;
}

std::string features_text(const std::map<std::string, double>& features) {
    std::string text;
    for (const auto& [name, value] : features)
        text += fmt::format("{}{} = {:g}", text.empty() ? "" : ", ", name, value);
    return text;
}

std::string ratio_text(const TuningRecord& record) {
    return record.ratio ? fmt::format("{:.3f}", record.ratio->median)
                        : std::string(name_of(record.status));
}

std::string date_text(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

nlohmann::json to_json(const TuningRecord& r) {
    nlohmann::json json{{"id", content_id(r)},
                        {"specializer", r.problem.specializer},
                        {"version", r.problem.version},
                        {"platform", r.problem.platform},
                        {"features", r.problem.features},
                        {"variant", r.variant},
                        {"status", name_of(r.status)},
                        {"runs", r.runs},
                        {"chosen", r.chosen},
                        {"provenance", name_of(r.provenance)},
                        {"created_s", r.created},
                        {"submitter", r.submitter},
                        {"tool_version", r.tool_version}};
    if (r.ratio)
        json["ratio"] = {
            {"median", r.ratio->median}, {"low", r.ratio->low}, {"high", r.ratio->high}};
    return json;
}

asp::db::RecordFilter filter_of(const ListRequest& request) {
    asp::db::RecordFilter filter{.specializer = request.specializer, .platform = request.platform};
    for (int k = 0; k <= static_cast<int>(asp::db::Status::compile_error); ++k)
        if (request.status == name_of(static_cast<asp::db::Status>(k)))
            filter.status = static_cast<asp::db::Status>(k);
    return filter;
}

/// A platform's whole id from the beginning that lists show.
std::string whole_platform(Database& database, const std::string& beginning) {
    std::vector<std::string> found;
    for (const asp::db::Platform& platform : database.platforms())
        if (platform.id.starts_with(beginning)) found.push_back(platform.id);
    if (found.size() != 1)
        throw asp::InputError(
            fmt::format("--platform {}: {} of the database's platforms {} so; expected one",
                        beginning, found.empty() ? "none" : fmt::format("{}", found.size()),
                        found.empty() ? "begins" : "begin"));
    return found.front();
}

std::string processor_of(const asp::db::Platform& platform) {
    const auto json = nlohmann::json::parse(platform.json, nullptr, false);
    return json.is_object() ? json.value("processor", "") : "";
}

void print_table(Database& database, const std::vector<TuningRecord>& records) {
    if (records.empty()) {
        fmt::print("no records, in {}\n", database.file().string());
        return;
    }
    fmt::print("{:<8}  {:<8}  {:<10}  {:>8}  {:<6}  {:<10}  {}\n", "id", "platform", "specializer",
               "ratio", "", "date", "variant (features)");
    for (const TuningRecord& r : records)
        fmt::print("{:<8}  {:<8}  {:<10}  {:>8}  {:<6}  {:<10}  {} ({})\n",
                   content_id(r).substr(0, 8), r.problem.platform.substr(0, 8),
                   fmt::format("{} {}", r.problem.specializer, r.problem.version), ratio_text(r),
                   r.chosen ? "chosen" : "", date_text(r.created), asp::to_string(r.variant),
                   features_text(r.problem.features));
    for (const asp::db::Platform& p : database.platforms())
        fmt::print("platform {}: {}\n", p.id.substr(0, 8), processor_of(p));
    fmt::print("{}, in {}; ratio: time over the default's\n", counted(records.size(), "record"),
               database.file().string());
}

void print(const TuningRecord& r) {
    const auto line = [](const char* key, const std::string& value) {
        if (!value.empty()) fmt::print("{:<12} {}\n", key, value);
    };
    line("id", content_id(r));
    line("specializer", fmt::format("{} {}", r.problem.specializer, r.problem.version));
    line("platform", r.problem.platform);
    line("features", features_text(r.problem.features));
    line("variant", asp::to_string(r.variant));
    line("status", std::string(name_of(r.status)));
    if (r.ratio)
        line("ratio", fmt::format("{:.4f} of the default's time (quartiles {:.4f} and {:.4f}, {})",
                                  r.ratio->median, r.ratio->low, r.ratio->high,
                                  counted(static_cast<std::size_t>(r.runs), "run")));
    line("chosen", r.chosen ? "yes" : "no");
    line("measured", fmt::format("{} ({})", date_text(r.created), name_of(r.provenance)));
    line("submitter", r.submitter);
    line("program", r.tool_version);
}

}  // namespace

asp::ExitCode db_list_command(const ListRequest& request, const Output& output) {
    Database database = opened(Access::read_only);
    ListRequest whole = request;
    if (whole.platform) whole.platform = whole_platform(database, *whole.platform);
    const std::vector<TuningRecord> records = database.list(filter_of(whole));
    if (!output.quiet) print_table(database, records);
    nlohmann::json table = nlohmann::json::array();
    for (const TuningRecord& record : records) table.push_back(to_json(record));
    write_summary(output, "db list", "converged",
                  {{"file", database.file().string()}, {"records", table}});
    return asp::ExitCode::done;
}

asp::ExitCode db_show_command(const std::string& id, const Output& output) {
    Database database = opened(Access::read_only);
    const std::vector<TuningRecord> records = database.find(id);
    if (records.size() != 1)
        throw asp::InputError(fmt::format(
            "{}: {} in {} so; expected one; asp db list shows them", id,
            records.empty() ? "no record begins" : counted(records.size(), "record") + " begin",
            database.file().string()));
    if (!output.quiet) print(records.front());
    nlohmann::json json = to_json(records.front());
    for (const asp::db::Platform& platform : database.platforms())
        if (platform.id == records.front().problem.platform) {
            json["platform_description"] = nlohmann::json::parse(platform.json, nullptr, false);
            if (!output.quiet) fmt::print("{:<12} {}\n", "machine", platform.json);
        }
    write_summary(output, "db show", "converged", json);
    return asp::ExitCode::done;
}

asp::ExitCode db_export_command(const std::filesystem::path& file, const Output& output) {
    Database database = opened(Access::read_only);
    std::ostringstream lines;
    const std::size_t count = export_lines(database, lines);
    if (file == "-")
        fmt::print("{}", lines.str());
    else
        asp::io::write_text_atomically(file, lines.str());
    if (!output.quiet && file != "-")
        fmt::print("{} in {}\n", counted(count, "record"), file.string());
    write_summary(output, "db export", "converged", {{"records", count}});
    return asp::ExitCode::done;
}

asp::ExitCode db_import_command(const std::filesystem::path& file, bool own, const Output& output) {
    const auto trust = own ? asp::db::Trust::own : asp::db::Trust::hint;
    std::ifstream from;
    if (file != "-") {
        from.open(file);
        if (!from) throw asp::InputError(file.string() + ": cannot be read");
    }
    Database database = opened(Access::read_write);
    const asp::db::ImportReport report =
        import_lines(database, file == "-" ? std::cin : from, file.string(), trust);
    if (!report.kept) throw asp::BackendError(database.reason());
    if (!output.quiet)
        fmt::print("{} new, {} known before, {} refused\n", report.added, report.known,
                   report.refused.size());
    write_summary(output, "db import", report.refused.empty() ? "converged" : "failed",
                  {{"added", report.added}, {"known", report.known}, {"refused", report.refused}});
    if (!report.refused.empty()) throw asp::InputError(report.refused);
    return asp::ExitCode::done;
}

asp::ExitCode db_prune_command(const PruneRequest& request, const Output& output) {
    asp::db::PruneRule rule{.specializer = request.specializer,
                            .version_below = request.version_below};
    if (request.older_than_days)
        rule.created_before =
            asp::db::seconds_now() - static_cast<std::int64_t>(86400.0 * *request.older_than_days);
    if (!rule.created_before && !rule.specializer && !rule.version_below && !request.platform)
        throw asp::InputError(
            "asp db prune: expected --older-than, --platform, --specializer or --version-below");
    Database database = opened(Access::read_write);
    if (request.platform) rule.platform = whole_platform(database, *request.platform);
    const std::size_t removed = database.prune(rule);
    if (!output.quiet)
        fmt::print("{} removed, {} left\n", counted(removed, "record"), database.counts().records);
    write_summary(output, "db prune", "converged",
                  {{"removed", removed}, {"records", database.counts().records}});
    return asp::ExitCode::done;
}

}  // namespace asp_program
