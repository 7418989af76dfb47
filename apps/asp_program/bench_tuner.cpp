// The tuner's choice on tables of measured times: how far from the best after 48 timed runs.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "asp/jit/header.hpp"
#include "asp/tune/search.hpp"
#include "asp_program/benchmark.hpp"

namespace asp_program {

/// asp/tune/testdata/*.csv, embedded.
std::span<const asp::jit::Header> recorded_tables();

namespace {

using asp::Variant;

/// Times of all variants of one kernel, as asp/tune/testdata/record_times.bench.cpp writes them.
struct RecordedTimes {
    std::vector<std::string> names;                            ///< of the parameters
    std::map<Variant, double> least;                           ///< [us]
    std::map<Variant, std::vector<asp::tune::Sample>> rounds;  ///< as they came

    double best() const {
        return std::ranges::min_element(least, {}, [](const auto& v) { return v.second; })->second;
    }
};

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    return cells;
}

RecordedTimes parse(std::string_view text) {
    RecordedTimes table;
    std::istringstream lines{std::string(text)};
    std::string line;
    std::getline(lines, line);
    table.names = cells_of(line);
    table.names.resize(table.names.size() - 2);  // least_us, times_us
    while (std::getline(lines, line)) {
        const std::vector<std::string> cells = cells_of(line);
        Variant variant;
        for (std::size_t k = 0; k < table.names.size(); ++k)
            variant[table.names[k]] = std::stol(cells[k]);
        table.least[variant] = std::stod(cells[table.names.size()]);
        for (std::size_t k = table.names.size() + 1; k < cells.size(); ++k)
            table.rounds[variant].push_back(
                {1e-6 * std::stod(cells[k]), cells[k].find('*') != std::string::npos});
    }
    return table;
}

/// The table's space, with a default of middling speed: half of the variants are faster.
asp::Space space_of(const RecordedTimes& table) {
    std::vector<std::pair<double, Variant>> sorted;
    for (const auto& [variant, us] : table.least) sorted.emplace_back(us, variant);
    std::ranges::sort(sorted);
    const Variant& middle = sorted[sorted.size() / 2].second;
    asp::Space space;
    for (const std::string& name : table.names) {
        std::set<long> values;
        for (const auto& [variant, us] : table.least) values.insert(variant.at(name));
        space.parameters.push_back(
            {name, std::vector<long>(values.begin(), values.end()), middle.at(name)});
    }
    space.valid = [&table](const Variant& v) { return table.least.contains(v); };
    return space;
}

/// How much slower than the best the choice is [%]; each seed sees other rounds of the record.
double regret(const RecordedTimes& table, std::uint64_t seed) {
    std::map<Variant, std::size_t> calls;
    const asp::tune::Contest contest{[](const Variant&) { return asp::db::Status::ok; },
                                     [&](const Variant& v) {
                                         const auto& rounds = table.rounds.at(v);
                                         return rounds[(seed + calls[v]++) % rounds.size()];
                                     }};
    asp::tune::SearchOptions options = options_for(asp::tune::Level::measure);
    options.seed = seed;
    const auto result = search(space_of(table), contest, options);
    return 100.0 * (table.least.at(result.best) / table.best() - 1.0);
}

}  // namespace

void bench_tuner(Rows& rows) {
    constexpr std::uint64_t searches = 20;
    for (const asp::jit::Header& file : recorded_tables()) {
        const RecordedTimes table = parse(file.text);
        std::vector<double> found;
        for (std::uint64_t seed = 1; seed <= searches; ++seed) found.push_back(regret(table, seed));
        const double middle = table.least.at(space_of(table).default_variant());
        const double undone = 100.0 * (middle / table.best() - 1.0);
        const std::string name(file.path.substr(file.path.rfind('/') + 1));
        const std::string what = name.substr(0, name.find('_'));
        rows.push_back({fmt::format("tuner, {}, typical of {}", what, searches), 1, median(found),
                        undone, "% over the best of " + std::to_string(table.least.size()),
                        "default", Bar::most_ours, 5.0});
        rows.push_back({fmt::format("tuner, {}, worst of {}", what, searches), 1,
                        *std::ranges::max_element(found), undone, "% over the best", "default",
                        Bar::most_ours, 5.0});
    }
}

}  // namespace asp_program
