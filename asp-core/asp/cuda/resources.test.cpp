#include "asp/cuda/resources.hpp"

#include <utility>

#include "asp/base/testing.hpp"
#include "asp/cuda/emulated_driver.hpp"
#include "asp/cuda/testing.hpp"

using namespace asp::cuda;

TEST_CASE("what was copied to a device comes back, also by way of another buffer") {
    if (!asp::testing::has_device()) return;
    const std::vector<int> sent{3, 1, 4};
    std::vector<int> found(3);
    const std::size_t bytes = 3 * sizeof(int);
    const Stream stream;
    const Buffer from(bytes), to(bytes);
    stream.copy_in(from.address(), sent.data(), bytes);
    stream.copy(to.address(), from.address(), bytes);
    stream.copy_out(found.data(), to.address(), bytes);
    stream.synchronize();
    CHECK(found == sent);
    stream.clear(to.address(), bytes);
    stream.copy_out(found.data(), to.address(), bytes);
    stream.synchronize();
    CHECK(found == std::vector{0, 0, 0});
}

TEST_CASE("a buffer grows, never shrinks, and is null without bytes") {
    if (!asp::testing::has_device()) return;
    Buffer buffer;
    CHECK(buffer.address() == 0);
    buffer.require(100);
    const CUdeviceptr at = buffer.address();
    CHECK(at != 0);
    buffer.require(50);
    CHECK(buffer.address() == at);
    Buffer other = std::move(buffer);
    CHECK(other.address() == at);
}

TEST_CASE("a kernel gets its parameters and the shape of its launch") {
    if (!asp::testing::has_device()) return;
    const Stream stream;
    const Buffer counts(4 * sizeof(int));
    const auto count = [](const LaunchShape& shape, void** arguments) {
        int* const to = *static_cast<int**>(arguments[0]);
        launch(shape, [=](EmulatedThread t) { to[2 * t.block() + t.thread()] = t.threads(); });
    };
    const Function function = emulated_function(count);
    int* to = counts.as<int>();
    void* arguments[] = {&to};
    for (const bool at_once : {false, true}) {
        stream.clear(counts.address(), 4 * sizeof(int));
        if (at_once)
            function.launch_cooperatively(stream, {.blocks = 2, .threads = 2}, arguments);
        else
            function.launch(stream, {.blocks = 2, .threads = 2}, arguments);
        std::vector<int> found(4);
        stream.copy_out(found.data(), counts.address(), 4 * sizeof(int));
        stream.synchronize();
        CHECK(found == std::vector{2, 2, 2, 2});
    }
    CHECK(function.blocks_at_once(32, 1024) == device_info().processors);
}
