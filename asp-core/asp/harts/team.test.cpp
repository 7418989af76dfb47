#include "asp/harts/team.hpp"

#include <tbb/global_control.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "asp/base/testing.hpp"

using asp::HartPool;
using asp::Lease;
using asp::Team;

namespace {

/// How many threads are in range functions, and were at most. A thread counts once, however deep.
class Census {
public:
    class Visit {
    public:
        explicit Visit(Census& census) : census_(census) {
            if (depth++ > 0) return;
            const int present = ++census_.present_;
            int most = census_.most_;
            while (most < present && !census_.most_.compare_exchange_weak(most, present)) {
            }
        }
        ~Visit() {
            if (--depth == 0) --census_.present_;
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

    private:
        Census& census_;
    };
    int most() const { return most_; }

private:
    static thread_local int depth;
    std::atomic<int> present_{0};
    std::atomic<int> most_{0};
};
thread_local int Census::depth = 0;

void work() {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
}

/// As many threads as the test wants, also where there are fewer processors.
tbb::global_control threads(std::size_t count) {
    return {tbb::global_control::max_allowed_parallelism, count};
}

}  // namespace

TEST_CASE("every index is visited once, for any number of harts and any grain") {
    const auto control = threads(4);
    for (const std::size_t harts : {1, 2, 3, 4}) {
        HartPool pool(harts);
        const Lease lease = pool.request();
        for (const std::size_t size : {0, 1, 2, 7, 64, 1000}) {
            for (const std::size_t grain : {0, 1, 3, 64, 5000}) {
                std::vector<std::atomic<int>> visits(size + 5);
                Team(lease).run(
                    [&](std::size_t begin, std::size_t end) {
                        for (std::size_t i = begin; i < end; ++i) ++visits[i];
                    },
                    5, 5 + size, grain);
                for (std::size_t i = 0; i < visits.size(); ++i)
                    REQUIRE(visits[i] == (i < 5 ? 0 : 1));
            }
        }
    }
}

TEST_CASE("ranges begin at multiples of the grain, and only the last is shorter") {
    const auto control = threads(3);
    HartPool pool(3);
    const Lease lease = pool.request();
    std::vector<std::atomic<std::size_t>> length(100);
    Team(lease).run([&](std::size_t begin, std::size_t end) { length[begin] = end - begin; }, 10,
                    97, 8);
    for (std::size_t i = 0; i < length.size(); ++i) {
        const bool begins = i >= 10 && i < 97 && (i - 10) % 8 == 0;
        REQUIRE(length[i] == (!begins ? 0U : i + 8 <= 97 ? 8U : 97 - i));
    }
}

TEST_CASE("a team of one, or a range of one grain, is a plain call") {
    HartPool one(1), many(4);
    const Lease lease_of_one = one.request(), lease_of_many = many.request();
    const auto caller = std::this_thread::get_id();
    for (const auto& [lease, grain] :
         {std::pair(&lease_of_one, 1), std::pair(&lease_of_many, 100)}) {
        int calls = 0;
        Team(*lease).run(
            [&](std::size_t begin, std::size_t end) {
                ++calls;
                REQUIRE(std::this_thread::get_id() == caller);
                REQUIRE(begin == 0);
                REQUIRE(end == 100);
            },
            0, 100, static_cast<std::size_t>(grain));
        REQUIRE(calls == 1);
    }
}

TEST_CASE("a team uses its harts") {
    const auto control = threads(3);
    HartPool pool(3);
    const Lease lease = pool.request();
    Census census;
    // Workers start when they start: a team that never gets one in 10 s has none.
    for (int attempt = 0; attempt < 1000 && census.most() < 3; ++attempt) {
        Team(lease).run(
            [&](std::size_t, std::size_t) {
                const Census::Visit visit(census);
                work();
            },
            0, 48, 1);
    }
    REQUIRE(census.most() == 3);
}

TEST_CASE("never more threads run ranges than there are harts, also nested") {
    const auto control = threads(8);  // more than harts: the pool is the bound, not the engine
    for (const std::size_t harts : {2, 3, 4}) {
        HartPool pool(harts);
        Census census;
        std::atomic<std::size_t> visits{0};
        {
            const Lease lease = pool.request();
            for (int repetition = 0; repetition < 20; ++repetition) {
                Team(lease).run(
                    [&](std::size_t, std::size_t) {
                        const Census::Visit outer(census);
                        const Lease nested = pool.request();
                        Team(nested).run(
                            [&](std::size_t begin, std::size_t end) {
                                const Census::Visit inner(census);
                                visits += end - begin;
                                work();
                            },
                            0, 6, 1);
                    },
                    0, 5, 1);
            }
        }
        REQUIRE(visits == 20U * 5U * 6U);
        REQUIRE(census.most() <= static_cast<int>(harts));
        REQUIRE(pool.idle() == harts);
    }
}

TEST_CASE("callers that share a pool stay within its harts, if there is one for each") {
    const auto control = threads(8);
    HartPool pool(3);
    Census census;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 2; ++caller) {
        callers.emplace_back([&] {
            for (int repetition = 0; repetition < 30; ++repetition) {
                const Lease lease = pool.request(2);
                Team(lease).run(
                    [&](std::size_t, std::size_t) {
                        const Census::Visit visit(census);
                        work();
                    },
                    0, 6, 1);
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    REQUIRE(census.most() <= 3);
    REQUIRE(pool.idle() == 3);
}

TEST_CASE("inside a range of the same lease the caller does it all") {
    const auto control = threads(2);
    HartPool pool(2);
    const Lease lease = pool.request();
    const Team team(lease);
    std::atomic<int> visits{0};
    team.run(
        [&](std::size_t, std::size_t) {
            const auto outer = std::this_thread::get_id();
            team.run(
                [&](std::size_t begin, std::size_t end) {
                    if (std::this_thread::get_id() == outer)
                        visits += static_cast<int>(end - begin);
                },
                0, 10, 1);
        },
        0, 8, 1);
    REQUIRE(visits == 80);
}

TEST_CASE("an exception in a range reaches the caller, and the team can go on") {
    const auto control = threads(3);
    for (const std::size_t harts : {1, 3}) {
        HartPool pool(harts);
        const Lease lease = pool.request();
        const Team team(lease);
        const std::string message = asp::testing::message_of<std::runtime_error>([&] {
            team.run(
                [](std::size_t begin, std::size_t end) {
                    if (begin <= 50 && 50 < end) throw std::runtime_error("negative area");
                },
                0, 100, 1);
        });
        REQUIRE(message == "negative area");
        std::atomic<std::size_t> visits{0};
        team.run([&](std::size_t begin, std::size_t end) { visits += end - begin; }, 0, 100, 1);
        REQUIRE(visits == 100);
    }
}

TEST_CASE("what may have a team runs here without one") {
    const std::thread::id here = std::this_thread::get_id();
    std::vector<int> visits(100, 0);
    const auto visit = [&](std::size_t begin, std::size_t end) {
        REQUIRE(std::this_thread::get_id() == here);
        for (std::size_t i = begin; i < end; ++i) ++visits[i];
    };
    asp::run_on(nullptr, visit, 10, 100, 3);
    REQUIRE(std::count(visits.begin(), visits.end(), 1) == 90);
    REQUIRE(visits[9] == 0);
}
