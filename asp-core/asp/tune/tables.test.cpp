// The search on recorded tables: testdata/*.csv are times of two real kernels in all their variants
// (made by testdata/record_times.bench.cpp on two virtual cores of an AMD EPYC, family 26, g++ 12.2
// -O3 -march=native, while other programs ran beside it). What a search chose is judged by the
// least of 40 recorded times, which it never sees.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "asp/base/testing.hpp"
#include "asp/tune/search.hpp"

using namespace asp;
using namespace asp::tune;

namespace {

struct Row {
    double least;  ///< [us]
    std::vector<Sample> samples;
};

struct Table {
    Space space;
    std::map<Variant, Row> rows;
    double best = 1e30;  ///< [us]

    double least_of_default() const { return rows.at(space.default_variant()).least; }
};

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
}

Table table_of(const std::string& name, const Variant& default_variant) {
    std::ifstream in("asp-core/asp/tune/testdata/" + name);
    REQUIRE(in);
    Table table;
    std::string line;
    std::getline(in, line);
    std::vector<std::string> names = cells_of(line);
    names.resize(names.size() - 2);  // least_us, times_us
    std::map<std::string, std::set<long>> values;
    while (std::getline(in, line)) {
        const std::vector<std::string> cells = cells_of(line);
        Variant variant;
        for (std::size_t p = 0; p < names.size(); ++p) {
            variant[names[p]] = std::stol(cells[p]);
            values[names[p]].insert(std::stol(cells[p]));
        }
        Row row{std::stod(cells[names.size()]), {}};
        for (std::size_t i = names.size() + 1; i < cells.size(); ++i)
            row.samples.push_back({std::stod(cells[i]), cells[i].back() == '*'});
        table.best = std::min(table.best, row.least);
        table.rows.emplace(variant, row);
    }
    for (const std::string& p : names)
        table.space.parameters.push_back(
            {p, {values[p].begin(), values[p].end()}, default_variant.at(p)});
    table.space.valid = [rows = table.rows](const Variant& v) { return rows.contains(v); };
    return table;
}

using Noise = std::function<Sample(const Row&, std::mt19937_64&)>;

/// Any of the ten recorded runs.
Sample as_recorded(const Row& row, std::mt19937_64& random) {
    return row.samples[random() % row.samples.size()];
}

/// The least time, with what 2000 runs of one kernel had on top on a busy shared machine: at most
/// 6.4 % in half of the runs, 61 % in 90, 102 % in 99 of 100 (a coefficient of variation of 20 %).
Sample on_a_busy_machine(const Row& row, std::mt19937_64& random) {
    constexpr std::array share{0.0, 0.5, 0.9, 0.99, 1.0}, excess{0.0, 0.064, 0.61, 1.02, 1.69};
    const double u = std::uniform_real_distribution<>()(random);
    std::size_t i = 0;
    while (u > share[i + 1]) ++i;
    const double part = (u - share[i]) / (share[i + 1] - share[i]);
    return {row.least * (1.0 + excess[i] + part * (excess[i + 1] - excess[i]))};
}

struct Score {
    double mean_regret = 0.0;       ///< time over the best's, less one
    double within_five = 0.0;       ///< share of trials with a regret of 5 % or less
    double worst = 0.0;             ///< regret
    double worst_to_default = 0.0;  ///< ratio
};

#if defined(NDEBUG)
constexpr int trials = 200;
#else
constexpr int trials = 10;  // ten times as slow: the full number is the optimized build's
#endif

Score play(const Table& table, const Noise& noise) {
    Score score;
    for (int trial = 1; trial <= trials; ++trial) {
        std::mt19937_64 random(static_cast<std::uint64_t>(trial));
        Contest contest;
        contest.admit = [](const Variant&) { return db::Status::ok; };
        contest.run = [&](const Variant& v) { return noise(table.rows.at(v), random); };
        SearchOptions options = options_for(Level::measure);
        options.seed = static_cast<std::uint64_t>(trial);
        const SearchResult result = search(table.space, contest, options);
        REQUIRE(result.timed_runs <= 48);
        const double least = table.rows.at(result.best).least;
        const double regret = least / table.best - 1.0;
        score.mean_regret += regret / trials;
        score.within_five += (regret <= 0.05) / static_cast<double>(trials);
        score.worst = std::max(score.worst, regret);
        score.worst_to_default = std::max(score.worst_to_default, least / table.least_of_default());
    }
    return score;
}

Table stencil() {
    return table_of("stencil_times.csv",
                    {{"tk", 8}, {"tj", 8}, {"ti", 64}, {"rows", 2}, {"independent", 0}});
}

Table product() {
    return table_of("product_times.csv",
                    {{"ti", 128}, {"tk", 128}, {"tj", 128}, {"rows", 1}, {"terms", 1}});
}

void require(const Score& score, double mean_regret, double within_five) {
    CAPTURE(score.mean_regret, score.within_five, score.worst, score.worst_to_default);
    CHECK(score.worst_to_default <= 1.05);
    if (trials < 200) return;  // too few for the figures below
    CHECK(score.mean_regret <= mean_regret);
    CHECK(score.within_five >= within_five);
}

}  // namespace

// The bars leave room for another standard library's random numbers. What was reached, in mean
// regret and share of searches within 5 % of the best: stencil 2.9 %, 100 % as recorded and 3.9 %,
// 89 % on a busy machine; product 3.7 %, 76 % and 7.1 %, 38 %. Of the stencil's 952 variants 3 %
// are within 5 % of the best, of the product's 1725 four.

TEST_CASE("48 timed runs find a stencil's best tiles within 5 %") {
    require(play(stencil(), as_recorded), 0.04, 0.97);
}

TEST_CASE("48 timed runs find a stencil's tiles on a busy machine") {
    require(play(stencil(), on_a_busy_machine), 0.05, 0.80);
}

TEST_CASE("48 timed runs come near a matrix product's four best variants of 1725") {
    require(play(product(), as_recorded), 0.05, 0.70);
}

TEST_CASE("48 timed runs come near a matrix product's best variants on a busy machine") {
    require(play(product(), on_a_busy_machine), 0.10, 0.35);
}

TEST_CASE("a default that is hard to beat is not given up for something slower") {
    const Table table = table_of(
        "stencil_times.csv", {{"tk", 64}, {"tj", 64}, {"ti", 64}, {"rows", 1}, {"independent", 0}});
    REQUIRE(table.least_of_default() < 1.06 * table.best);
    require(play(table, as_recorded), 0.05, 0.95);
    require(play(table, on_a_busy_machine), 0.06, 0.80);
}
