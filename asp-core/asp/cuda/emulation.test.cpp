#include "asp/cuda/emulation.hpp"

#include "asp/base/testing.hpp"

using asp::cuda::EmulatedThread;

TEST_CASE("threads of an emulated block share its memory between barriers") {
    std::vector<int> sums(3);
    asp::cuda::launch({.blocks = 3, .threads = 4, .memory = 4 * sizeof(int)},
                      [&](EmulatedThread t) {
                          int* const shared = reinterpret_cast<int*>(t.memory());
                          shared[t.thread()] = 10 * t.block() + t.thread();
                          t.barrier();
                          if (t.thread() == 0)
                              for (int i = 0; i < t.threads(); ++i)
                                  sums[static_cast<std::size_t>(t.block())] += shared[i];
                      });
    CHECK(sums == std::vector{6, 46, 86});
}

TEST_CASE("blocks that are launched at once may wait for each other") {
    unsigned arrived = 0;
    std::atomic<int> met = 0;
    asp::cuda::launch_at_once({.blocks = 3, .threads = 2}, [&](EmulatedThread t) {
        t.add_one(&arrived);
        while (t.read(&arrived) < 6) {
        }
        ++met;
    });
    CHECK(met == 6);
}

TEST_CASE("a warp multiplies matrices as mma.m16n8k8 does") {
    constexpr int rows = 16, columns = 8, inner = 8;
    const auto a = [](int i, int k) { return static_cast<float>(i - 3 * k); };
    const auto b = [](int k, int j) { return static_cast<float>(5 * j + k); };
    float product[rows][columns] = {};
    asp::cuda::launch({.blocks = 1, .threads = 32}, [&](EmulatedThread t) {
        const int g = t.thread() / 4, l = t.thread() % 4;
        const auto bits = [](float x) { return std::bit_cast<unsigned>(x); };
        const unsigned of_a[4] = {bits(a(g, l)), bits(a(g + 8, l)), bits(a(g, l + 4)),
                                  bits(a(g + 8, l + 4))};
        const unsigned of_b[2] = {bits(b(l, g)), bits(b(l + 4, g))};
        float of_c[4] = {};
        t.multiply(of_c, of_a, of_b);
        for (int i = 0; i < 4; ++i) product[g + 8 * (i / 2)][2 * l + i % 2] = of_c[i];
    });
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) {
            float expected = 0.0F;
            for (int k = 0; k < inner; ++k) expected += a(i, k) * b(k, j);
            CHECK(product[i][j] == expected);
        }
}
