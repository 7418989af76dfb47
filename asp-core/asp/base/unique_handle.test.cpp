#include "asp/base/unique_handle.hpp"

#include <type_traits>
#include <vector>

#include "asp/base/testing.hpp"

namespace {
std::vector<int> closed;  // what a C library would have been told
int close_handle(int handle) {
    closed.push_back(handle);
    return 0;
}
using Handle = asp::UniqueHandle<int, close_handle, -1>;
}  // namespace

static_assert(!std::is_copy_constructible_v<Handle>);
static_assert(std::is_nothrow_move_constructible_v<Handle>);

TEST_CASE("a handle is closed once, by its last owner") {
    closed.clear();
    {
        Handle first(7);
        const Handle second = std::move(first);
        REQUIRE(second.get() == 7);
        REQUIRE(!first);  // NOLINT(bugprone-use-after-move): that is the law under test
        REQUIRE(closed.empty());
    }
    REQUIRE(closed == std::vector{7});
}

TEST_CASE("an invalid or released handle is not closed") {
    closed.clear();
    {
        const Handle invalid(-1);
        Handle released(8);
        REQUIRE(released.release() == 8);
    }
    REQUIRE(closed.empty());
}
