#include "asp/base/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"

TEST_CASE("a signal under a guard is a request, not the end") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const asp::InterruptGuard guard;
        REQUIRE(!asp::interrupt_requested());
        std::raise(signal);
        REQUIRE(asp::interrupt_requested());
    }
    REQUIRE(!asp::interrupt_requested());
}

TEST_CASE("a second signal ends the process") {
    const pid_t child = fork();
    if (child == 0) {
        // The test framework's own handler for SIGTERM would print into the report.
        std::signal(SIGTERM, SIG_DFL);
        const asp::InterruptGuard guard;
        std::raise(SIGINT);
        if (!asp::interrupt_requested()) _exit(1);
        std::raise(SIGINT);
        _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGINT);
}

TEST_CASE("a guard puts the former handlers back") {
    struct sigaction before {};
    struct sigaction after {};
    sigaction(SIGTERM, nullptr, &before);
    {
        const asp::InterruptGuard guard;
        std::raise(SIGINT);
    }
    sigaction(SIGTERM, nullptr, &after);
    REQUIRE(before.sa_handler == after.sa_handler);
}

#ifndef ASP_NO_ASSERT
TEST_CASE("two guards at once are a mistake") {
    const asp::InterruptGuard guard;
    REQUIRE_THROWS_AS(asp::InterruptGuard(), asp::AssertionFailure);
}
#endif
