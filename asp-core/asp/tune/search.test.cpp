#include "asp/tune/search.hpp"

#include <cmath>
#include <random>
#include <set>

#include "asp/base/testing.hpp"

using namespace asp;
using namespace asp::tune;

namespace {

Space three_parameters() {
    Space space;
    space.parameters = {
        {"tile", {4, 8, 16, 32, 64, 128}, 16}, {"unroll", {1, 2, 4, 8}, 1}, {"vector", {0, 1}, 0}};
    return space;
}

/// A smooth cost [s] with its least at tile 64, unroll 4, vector 1; the default is 1.9 times as
/// slow.
double cost(const Variant& v) {
    const double tile = std::log2(static_cast<double>(v.at("tile")) / 64.0);
    const double unroll = std::log2(static_cast<double>(v.at("unroll")) / 4.0);
    return 1e-3 * (1.0 + 0.08 * tile * tile + 0.05 * unroll * unroll +
                   0.4 * static_cast<double>(1 - v.at("vector")));
}

struct Game {
    std::map<Variant, int> admitted = {};
    std::vector<Variant> runs = {};
    std::function<double(const Variant&)> seconds = cost;
    std::function<db::Status(const Variant&)> status = [](const Variant&) {
        return db::Status::ok;
    };
    std::function<bool()> noisy = [] { return false; };

    Contest contest() {
        return {[this](const Variant& v) {
                    ++admitted[v];
                    return status(v);
                },
                [this](const Variant& v) {
                    runs.push_back(v);
                    return Sample{seconds(v), noisy()};
                }};
    }
};

const Variant best_variant{{"tile", 64}, {"unroll", 4}, {"vector", 1}};

}  // namespace

TEST_CASE("without noise the search finds the best of a smooth cost") {
    Game game;
    const SearchResult result = search(three_parameters(), game.contest(), {});
    CHECK(result.verdict == Verdict::faster);
    CHECK(cost(result.best) <= 1.02 * cost(best_variant));
    REQUIRE(result.ratio);
    CHECK(result.ratio->median ==
          Approx(cost(result.best) / cost(three_parameters().default_variant())));
    CHECK(result.how.find("times as fast as the default") != std::string::npos);
}

TEST_CASE("the search never takes more timed runs than it may") {
    const int runs = GENERATE(10, 17, 48, 100);
    Game game;
    SearchOptions options;
    options.timed_runs = runs;
    const SearchResult result = search(three_parameters(), game.contest(), options);
    CHECK(static_cast<int>(game.runs.size()) <= runs);
    CHECK(result.timed_runs == static_cast<int>(game.runs.size()));
}

TEST_CASE("each variant is admitted at most once, and all are valid") {
    Space space = three_parameters();
    space.valid = [](const Variant& v) { return v.at("tile") * v.at("unroll") <= 128; };
    Game game;
    search(space, game.contest(), options_for(Level::patient));
    CHECK(game.admitted.size() > 10);
    for (const auto& [variant, times] : game.admitted) {
        CHECK(times == 1);
        CHECK(space.valid(variant));
    }
}

TEST_CASE("the same seed gives the same search") {
    Game a, b;
    CHECK(search(three_parameters(), a.contest(), {}).best ==
          search(three_parameters(), b.contest(), {}).best);
    CHECK(a.runs == b.runs);
}

TEST_CASE("hints are timed right after the default") {
    Game game;
    SearchOptions options;
    options.hints = {best_variant, {{"tile", 5}, {"unroll", 1}, {"vector", 0}}, {{"other", 1}}};
    search(three_parameters(), game.contest(), options);
    CHECK(game.runs[0] == three_parameters().default_variant());
    CHECK(game.runs[1] == best_variant);
    CHECK(game.admitted.size() > 2);  // the hints that are not of this space were passed over
}

TEST_CASE("variants that are refused or known to fail never win") {
    Game game;
    game.status = [](const Variant& v) {
        return v.at("vector") == 1 ? db::Status::wrong : db::Status::ok;
    };
    SearchOptions options;
    options.excluded = {{{"tile", 64}, {"unroll", 4}, {"vector", 0}}};
    options.hints = options.excluded;
    const SearchResult result = search(three_parameters(), game.contest(), options);
    CHECK(result.verdict == Verdict::faster);
    CHECK(result.best.at("vector") == 0);
    CHECK_FALSE(game.admitted.contains(options.excluded[0]));
    int refused = 0;
    for (const Measurement& m : result.measured) {
        if (m.status == db::Status::ok) continue;
        ++refused;
        CHECK(m.samples.empty());
        CHECK(m.variant.at("vector") == 1);
    }
    CHECK(refused > 0);
}

TEST_CASE("where the default itself fails there is nothing to compare with") {
    Game game;
    game.status = [](const Variant&) { return db::Status::crash; };
    const SearchResult result = search(three_parameters(), game.contest(), {});
    CHECK(result.verdict == Verdict::default_fails);
    CHECK(result.best == three_parameters().default_variant());
    CHECK(game.runs.empty());
}

TEST_CASE("a gain below 3 % is not worth another variant") {
    Game game;
    game.seconds = [](const Variant& v) { return v.at("vector") == 1 ? 0.98e-3 : 1e-3; };
    const SearchResult result = search(three_parameters(), game.contest(), {});
    CHECK(result.verdict == Verdict::default_best);
    CHECK(result.best == three_parameters().default_variant());
    CHECK_FALSE(result.ratio);
}

TEST_CASE("on a machine that is too busy the default is kept") {
    Game game;
    int count = 0;
    game.noisy = [&count] { return ++count % 5 != 0; };
    const SearchResult result = search(three_parameters(), game.contest(), {});
    CHECK(result.verdict == Verdict::too_noisy);
    CHECK(result.best == three_parameters().default_variant());
    CHECK(result.how.find("too busy") != std::string::npos);
}

TEST_CASE("the search ends at its time limit, with its duel") {
    Game game;
    double now = 0.0;
    game.seconds = [&now](const Variant& v) {
        now += 1.0;
        return cost(v);
    };
    SearchOptions options;
    options.timed_runs = 1000;
    options.seconds = 10.0;
    options.clock = [&now] { return now; };
    const SearchResult result = search(three_parameters(), game.contest(), options);
    CHECK(result.timed_runs <= 10 + 25);
    CHECK(result.best != three_parameters().default_variant());
}

TEST_CASE("a space of one variant needs no run, and too few runs are none") {
    Game game;
    Space space;
    CHECK(search(space, game.contest(), {}).verdict == Verdict::default_best);
    space.parameters = {{"tile", {8}, 8}};
    CHECK(search(space, game.contest(), {}).best == Variant{{"tile", 8}});
    CHECK(search(three_parameters(), game.contest(), options_for(Level::estimate)).verdict ==
          Verdict::not_tuned);
    CHECK(game.runs.empty());
}

TEST_CASE("a space too large to count is searched all the same") {
    Space space;
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
        space.parameters.push_back({name, {1, 2, 4, 8, 16, 32}, 1});
    Game game;
    game.seconds = [](const Variant& v) {
        double sum = 1.0;
        for (const auto& [name, value] : v)
            sum += 0.05 * std::pow(std::log2(static_cast<double>(value)) - 3.0, 2.0);
        return 1e-3 * sum;
    };
    const SearchResult result = search(space, game.contest(), {});
    CHECK(result.verdict == Verdict::faster);
    CHECK(game.seconds(result.best) < 0.5 * game.seconds(space.default_variant()));
}

TEST_CASE("the table of a search tells the ratio of every variant to the default") {
    Game game;
    const SearchResult result = search(three_parameters(), game.contest(), {});
    const double standard = cost(three_parameters().default_variant());
    REQUIRE(result.measured.size() > 5);
    CHECK(result.measured[0].variant == three_parameters().default_variant());
    for (const Measurement& m : result.measured) {
        REQUIRE(m.ratio);
        CHECK(m.ratio->median == Approx(cost(m.variant) / standard));
        CHECK(m.least() == Approx(cost(m.variant)));
    }
}

TEST_CASE("levels have names") {
    CHECK(parse_level("patient") == Level::patient);
    CHECK_FALSE(parse_level("quick"));
    CHECK(name_of(Level::measure) == "measure");
    CHECK(options_for(Level::measure).timed_runs == 48);
    CHECK(options_for(Level::estimate).timed_runs == 0);
}
