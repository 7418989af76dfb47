#include "asp/harts/callback_queue.hpp"

#include <chrono>
#include <numeric>
#include <set>
#include <thread>

#include "asp/base/testing.hpp"
#include "asp/harts/team.hpp"

using namespace asp;
using Requests = std::span<const CallbackQueue::Request* const>;

namespace {

/// Adds ten times the function's number to the first column.
void add(Requests requests) {
    for (const auto* r : requests)
        for (std::size_t i = 0; i < r->points; ++i)
            r->result[i] = r->arguments[0][i] + 10.0 * static_cast<double>(r->function);
}

/// Points of a team's ranges, each answered through a queue.
struct Region {
    HartPool pool{4};
    Lease lease{pool.request()};
    Team team{lease};
    std::vector<double> x = std::vector<double>(10000), y = x;
    CallbackQueue queue;

    Region() { std::iota(x.begin(), x.end(), 0.0); }
    void ask(std::size_t begin, std::size_t end) {
        const double* const columns[]{x.data() + begin};
        queue.ask({begin / 100 % 2, columns, y.data() + begin, end - begin});
    }
    void run(
        const CallbackQueue::Serve& serve, const std::function<void()>& look_up = [] {}) {
        queue.run(
            [&] {
                team.run([&](std::size_t begin, std::size_t end) { ask(begin, end); }, 0, x.size(),
                         100);
            },
            serve, look_up);
    }
};

}  // namespace

TEST_CASE("every request of a team is answered by the thread that entered") {
    Region region;
    std::set<std::thread::id> servers;
    region.run([&](Requests requests) {
        servers.insert(std::this_thread::get_id());
        add(requests);
    });
    CHECK(servers == std::set{std::this_thread::get_id()});
    for (std::size_t i = 0; i < region.x.size(); ++i)
        REQUIRE(region.y[i] == region.x[i] + 10.0 * static_cast<double>(i / 100 % 2));
}

TEST_CASE("a batch has requests of one function only") {
    Region region;
    bool mixed = false;
    region.run([&](Requests requests) {
        for (const auto* r : requests) mixed = mixed || r->function != requests[0]->function;
        add(requests);
    });
    CHECK(!mixed);
}

TEST_CASE("what the server throws ends the work and is thrown to the caller") {
    Region region;
    std::atomic<int> served{0};
    CHECK(asp::testing::message_of<std::runtime_error>([&] {
              region.run([&](Requests requests) {
                  if (++served == 3) throw std::runtime_error("the callback's own words");
                  add(requests);
              });
          }) == "the callback's own words");
    CHECK(served == 3);
    CHECK_THROWS_AS(region.ask(0, 100), CallbackQueue::Cancelled);
}

TEST_CASE("what the work throws is thrown to the caller") {
    CallbackQueue queue;
    CHECK(asp::testing::message_of<std::runtime_error>(
              [&] { queue.run([] { throw std::runtime_error("work"); }, add, [] {}); }) == "work");
}

TEST_CASE("looking up may end work that asks for nothing, at its next request") {
    Region region;
    CHECK(asp::testing::message_of<std::runtime_error>([&] {
              region.run(
                  [](Requests requests) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(60));
                      add(requests);
                  },
                  [] { throw std::runtime_error("interrupted"); });
          }) == "interrupted");
}

TEST_CASE("serving may enter a region with a queue of its own") {
    Region outer;
    outer.run([](Requests requests) {
        Region inner;
        inner.run(add);
        add(requests);
    });
    CHECK(outer.y[0] == 0.0);
    CHECK(outer.y[150] == 160.0);
}

TEST_CASE("regions of several threads do not disturb each other") {
    std::vector<std::jthread> threads;
    std::atomic<int> right{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&right] {
            Region region;
            region.run(add);
            if (region.y[9999] == 9999.0 + 10.0) ++right;
        });
    threads.clear();
    CHECK(right == 4);
}
