#include "asp/base/progress.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "asp/base/testing.hpp"
#include "asp/base/unique_handle.hpp"

namespace {

using File = asp::UniqueHandle<std::FILE*, std::fclose>;

std::string contents(std::FILE* file) {
    std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(text.data(), 1, text.size(), file) == text.size());
    return text;
}

}  // namespace

TEST_CASE("a quiet progress prints nothing") {
    const File file(std::tmpfile());
    asp::Progress progress(asp::Verbosity::quiet, file.get(), 0.0);
    progress.show("10 %");
    REQUIRE(contents(file.get()).empty());
}

TEST_CASE("a file gets plain lines without escapes") {
    const File file(std::tmpfile());
    asp::Progress progress(asp::Verbosity::normal, file.get(), 0.0);
    progress.show("10 %");
    progress.show("20 %");
    progress.finish();
    REQUIRE(contents(file.get()) == "10 %\n20 %\n");
}

TEST_CASE("a file gets no line before the pause is over") {
    const File file(std::tmpfile());
    asp::Progress progress(asp::Verbosity::normal, file.get(), 3600.0);
    REQUIRE(!progress.due());
    progress.show("10 %");
    REQUIRE(contents(file.get()).empty());
}

TEST_CASE("a terminal gets one line, rate limited, cut to its width, and wiped at the end") {
    ::setenv("TERM", "xterm", 1);
    const int controller = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(controller >= 0);
    REQUIRE(grantpt(controller) == 0);
    REQUIRE(unlockpt(controller) == 0);
    const File terminal(::fdopen(::open(ptsname(controller), O_WRONLY | O_NOCTTY), "w"));
    REQUIRE(terminal);
    {
        asp::Progress progress(asp::Verbosity::normal, terminal.get());
        progress.show(std::string(200, 'x'));
        progress.show("too soon");
    }
    const std::string expected = "\r\033[K" + std::string(79, 'x') + "\r\033[K";
    std::string seen;
    pollfd waiting{controller, POLLIN, 0};
    while (seen.size() < expected.size() && ::poll(&waiting, 1, 1000) == 1) {
        char some[256];
        const auto count = ::read(controller, some, sizeof some);
        if (count <= 0) break;
        seen.append(some, static_cast<std::size_t>(count));
    }
    ::close(controller);
    REQUIRE(seen == expected);
}
