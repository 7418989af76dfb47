#include "asp/db/exchange.hpp"

#include <fmt/format.h>

#include <istream>
#include <map>
#include <ostream>

#include "asp/base/error.hpp"
#include "asp/db/detail/record_json.hpp"

namespace asp::db {

namespace {

using nlohmann::json;

constexpr std::size_t longest_line = 64 * 1024;

struct Numbered {
    TuningRecord record;
    std::size_t line;
};

struct Lines {
    std::map<std::string, Platform> platforms;
    std::vector<Numbered> records;
    std::vector<std::string> refused;
};

void take_line(const std::string& text, std::size_t number, Lines& lines) {
    if (text.size() > longest_line)
        throw InputError(fmt::format("expected a line of at most {} bytes", longest_line));
    const json object = json::parse(text, nullptr, false);
    if (object.is_discarded()) throw InputError("expected one complete JSON object");
    if (object.is_object() && object.contains("describes")) {
        const Platform platform = detail::platform_from_json(object);
        lines.platforms.insert_or_assign(platform.id, platform);
    } else {
        lines.records.push_back({detail::record_from_json(object), number});
    }
}

Lines read_lines(std::istream& in, const std::string& name) {
    Lines lines;
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            take_line(text, number, lines);
        } catch (const InputError& error) {
            lines.refused.push_back(fmt::format("{}:{}: {}", name, number, error.what()));
        }
    }
    return lines;
}

}  // namespace

std::size_t export_lines(Database& database, std::ostream& out) {
    for (const Platform& platform : database.platforms())
        out << detail::to_json(platform).dump() << '\n';
    const auto records = database.list();
    for (const TuningRecord& record : records) out << detail::to_json(record).dump() << '\n';
    return records.size();
}

ImportReport import_lines(Database& database, std::istream& in, const std::string& name,
                          Trust trust) {
    Lines lines = read_lines(in, name);
    ImportReport report;
    for (const Platform& platform : database.platforms())
        lines.platforms.try_emplace(platform.id, platform);
    std::map<std::string, std::vector<TuningRecord>> by_platform;
    for (Numbered& item : lines.records) {
        const std::string& id = item.record.problem.platform;
        if (!lines.platforms.contains(id)) {
            lines.refused.push_back(
                fmt::format("{}:{}: platform = {}: expected one that another line describes", name,
                            item.line, id));
            continue;
        }
        if (trust == Trust::hint) item.record.provenance = Provenance::import;
        by_platform[id].push_back(std::move(item.record));
    }
    for (const auto& [id, records] : by_platform) {
        const auto added = database.record(lines.platforms.at(id), records);
        if (!added) {
            report.kept = false;
            break;
        }
        report.added += *added;
        report.known += records.size() - *added;
    }
    report.refused = std::move(lines.refused);
    return report;
}

}  // namespace asp::db
