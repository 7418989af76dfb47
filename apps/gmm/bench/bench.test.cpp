#include <cmath>
#include <functional>
#include <memory>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "gmm/bench/bench_case.hpp"
#include "gmm/bench/measure.hpp"
#include "gmm/bench/peak.hpp"
#include "gmm/bench/timing.hpp"
#include "gmm/reference.hpp"

using namespace gmm;
using asp::testing::message_of;

namespace {

MeasureOptions quick(bool has_peers) {
    MeasureOptions options;
    options.threads = {1, 2};
    options.repetitions = 1;
    options.has_peers = has_peers;
    options.python = usual_python();
    options.context.mode = asp::Mode::off;
    return options;
}

/// Small, of the covariance given.
BenchCase small(Covariance covariance) {
    return {"small", covariance, 300, 3, 4};
}

}  // namespace

TEST_CASE("the table has the cases of the issue, and says which there are") {
    const auto cases = bench_cases(1.0);
    REQUIRE(cases.size() == 5);
    CHECK(cases[1].frames == 1000000);
    CHECK(cases[3].covariance == Covariance::full);
    CHECK(cases[4].models == 200);
    CHECK(cases[4].frames == 8000);
    CHECK(bench_cases(0.01)[1].frames == 10000);
    CHECK(chosen_cases({"many-small"}, 1.0).size() == 1);
    CHECK(message_of<asp::InputError>([] { chosen_cases({"many-smal"}, 1.0); }) ==
          "--cases many-smal: expected diag-100k-19-80, diag-1M-39-64, diag-1M-39-512, "
          "full-500k-39-64, many-small; did you mean 'many-small'?");
}

TEST_CASE("frames are the same for any number of harts, in both precisions") {
    const BenchCase c{"small", Covariance::full, 20000, 3, 4, 2};
    const asp::Lease all = asp::HartPool::process().request(),
                     one = asp::HartPool::process().request(1);
    const BenchData a = make_data(c, asp::Team(all)), b = make_data(c, asp::Team(one));
    CHECK(a.single == b.single);
    CHECK(a.twofold[7] == static_cast<double>(a.single[7]));
    CHECK(a.starts.size() == 2);
    CHECK_NOTHROW(whitening(a.starts[1]));
}

TEST_CASE("peers get no more frames than they do in seconds") {
    const auto cases = bench_cases(1.0);
    CHECK(frames_for_peers(cases[0]) == 100000);
    CHECK(frames_for_peers(cases[2]) == 62500);
    CHECK(frames_for_peers(cases[3]) < 100000);
    CHECK(frames_for_peers(cases[4]) == 8000);
}

TEST_CASE("the peak's chains come to their limit") {
    const asp::Lease lease = asp::HartPool::process().request(1);
    CHECK(measure_peak(asp::Team(lease), Precision::twofold) > 1e8);
    CHECK(peak_x86_64_v2.single(10).flops == 2.0 * 4 * 12 * 10);
    CHECK(peak_x86_64_v2.twofold(100000).sum == Approx(2.0 * 12));  // all chains at 1
}

TEST_CASE("memory that work takes is measured, and given back memory does not hide it") {
    const double bytes = growth_during([] {
        const std::vector<char> block(100'000'000, 1);
        CHECK(block.back() == 1);
    });
    if (std::isnan(bytes)) {
        WARN("skipped: this system does not tell");
        return;
    }
    CHECK(bytes > 90e6);
    CHECK(bytes < 120e6);
}

TEST_CASE("other libraries come to the same likelihood from the same start") {
    const BenchCase c = small(GENERATE(Covariance::diag, Covariance::full));
    const asp::Lease lease = asp::HartPool::process().request();
    const asp::Team team(lease);
    const BenchData data = make_data(c, team);
    const PeerTask task{{data.single.data(), {c.frames, c.dimension}}, data.starts[0], 2};
    const Frames<double> frames{{data.twofold.data(), {c.frames, c.dimension}}};
    const double start = reference_statistics<double>(data.starts[0], frames).log_likelihood /
                         static_cast<double>(c.frames);
    std::vector<std::unique_ptr<Peer>> peers;
    for (const auto& make : std::vector<std::function<std::unique_ptr<Peer>()>>{
             [&] { return sklearn_peer(task, usual_python()); },
             [&] { return armadillo_peer(task); }}) {
        try {
            peers.push_back(make());
        } catch (const asp::BackendError& error) {
            WARN("left out: " << error.what());
        }
    }
    const auto rows = measure_case(c, quick(false));
    for (const auto& peer : peers) {
        INFO(peer->name);
        const double after = peer->log_likelihood(Precision::twofold, 3);
        CHECK(after > start);
        CHECK(peer->iteration_seconds(Precision::single) >= 0.0);
        CHECK(peer->log_likelihood(Precision::single, 3) == Approx(after).margin(1e-4));
    }
    if (peers.size() == 2)
        CHECK(peers[0]->log_likelihood(Precision::twofold, 3) ==
              Approx(peers[1]->log_likelihood(Precision::twofold, 3)).margin(1e-9));
}

TEST_CASE("each number of harts and each precision has a line, with rate, peak and peers") {
    const auto rows = measure_case(small(Covariance::diag), quick(true));
    REQUIRE(rows.size() == 4);
    for (const BenchRow& row : rows) {
        CHECK(row.seconds > 0.0);
        CHECK(row.flops == Approx(8.0 * 300 * 3 * 4 / row.seconds));
        CHECK(bench_line(row).size() == bench_head().size());
        const auto json = to_json(row);
        bool has_rate = false;
        for (const auto& line : json) {
            if (line.at("unit") != "GFLOP/s") continue;
            has_rate = true;
            CHECK(line.at("ratio").get<double>() == row.fraction);
        }
        CHECK(has_rate);
        for (const Against& peer : row.peers) {
            CHECK(row.threads == 2);
            CHECK(std::abs(peer.difference) < 1e-9);
        }
    }
    CHECK(rows[0].precision == Precision::single);
    CHECK(std::abs(rows[0].difference) < 1e-5);
    CHECK(rows[3].peak > 1e8);
    CHECK(rows[3].fraction > 0.0);
}

TEST_CASE("many small mixtures are a case like the others") {
    const BenchCase many{"many", Covariance::diag, 100, 3, 2, 3};
    const auto rows = measure_case(many, quick(false));
    CHECK(rows[0].flops == Approx(8.0 * 300 * 3 * 2 / rows[0].seconds));
}

TEST_CASE("a Python that is not there, or without scikit-learn, is told") {
    const BenchCase c = small(Covariance::diag);
    const asp::Lease lease = asp::HartPool::process().request(1);
    const BenchData data = make_data(c, asp::Team(lease));
    const PeerTask task{{data.single.data(), {c.frames, c.dimension}}, data.starts[0], 1};
    CHECK(message_of<asp::BackendError>([&] { sklearn_peer(task, "/no/python"); }) ==
          "scikit-learn: /no/python ended before it answered");
}
