#include "asp/harts/hart_pool.hpp"

#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/harts/team.hpp"

using asp::HartPool;
using asp::Lease;
using asp::Team;

TEST_CASE("a lease has what was asked for, as far as there is, and gives it back") {
    HartPool pool(4);
    {
        const Lease three = pool.request(3);
        REQUIRE(three.harts() == 3);
        REQUIRE(pool.idle() == 1);
        const Lease rest = pool.request();
        REQUIRE(rest.harts() == 1);
        REQUIRE(pool.idle() == 0);
    }
    REQUIRE(pool.idle() == 4);
}

TEST_CASE("a request is granted at once with at least the caller's own hart") {
    HartPool pool(2);
    {
        std::vector<Lease> leases;
        for (int i = 0; i < 5; ++i) leases.push_back(pool.request());
        REQUIRE(leases.front().harts() == 2);
        for (int i = 1; i < 5; ++i) REQUIRE(leases[static_cast<std::size_t>(i)].harts() == 1);
        // A hart that was given back pays what was lent beyond the capacity first.
        leases.erase(leases.begin());
        REQUIRE(pool.idle() == 0);
    }
    REQUIRE(pool.idle() == 2);
}

TEST_CASE("a moved lease is given back once") {
    HartPool pool(3);
    {
        Lease first = pool.request(2);
        const Lease second = std::move(first);
        REQUIRE(second.harts() == 2);
        REQUIRE(pool.idle() == 1);
    }
    REQUIRE(pool.idle() == 3);
}

TEST_CASE("a nested request draws on what the outer lease has idle, and on nothing else") {
    HartPool pool(8);
    const Lease outer = pool.request(4);
    // A range as small as its grain runs on one hart: three of the outer lease are idle.
    Team(outer).run(
        [&](std::size_t, std::size_t) {
            const Lease two = pool.request(2);
            REQUIRE(two.harts() == 2);
            const Lease rest = pool.request();
            REQUIRE(rest.harts() == 3);  // its own, and the two that are left
            REQUIRE(pool.request().harts() == 1);
            REQUIRE(pool.idle() == 4);
        },
        0, 1, 1);
    Team(outer).run([&](std::size_t, std::size_t) { REQUIRE(pool.request().harts() == 4); }, 0, 1,
                    1);
}

TEST_CASE("a range of one pool is outside of another pool") {
    HartPool one(1), other(3);
    const Lease outer = one.request();
    Team(outer).run([&](std::size_t, std::size_t) { REQUIRE(other.request().harts() == 3); }, 0, 1,
                    1);
}

TEST_CASE("the process has one pool of at least one hart") {
    REQUIRE(HartPool::process().harts() >= 1);
    REQUIRE(&HartPool::process() == &HartPool::process());
}

#ifndef ASP_NO_ASSERT
TEST_CASE("asking for no hart is a mistake") {
    HartPool pool(2);
    REQUIRE_THROWS_AS(pool.request(0), asp::AssertionFailure);
    REQUIRE_THROWS_AS(HartPool(0), asp::AssertionFailure);
}
#endif
