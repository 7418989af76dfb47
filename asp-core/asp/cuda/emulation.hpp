#pragma once
// For tests only: runs kernels written for a device on the processor. Each thread of a block
// is a thread here, so that a barrier that is missing or that not all reach shows.

#include <atomic>
#include <bit>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "asp/cuda/launch_shape.hpp"

namespace asp::cuda {

/// std::barrier's threads yield before they sleep, which on a busy machine gives a time slice away
/// for each of them.
class SleepingBarrier {
public:
    explicit SleepingBarrier(int threads) : threads_(threads) {}
    void arrive_and_wait() {
        std::unique_lock lock(mutex_);
        const long mine = phase_;
        if (++here_ == threads_) {
            here_ = 0;
            ++phase_;
            all_here_.notify_all();
        } else {
            all_here_.wait(lock, [&] { return phase_ != mine; });
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable all_here_;
    int threads_, here_ = 0;
    long phase_ = 0;
};

struct EmulatedBlock {
    EmulatedBlock(int threads, std::size_t bytes)
        : barrier(threads),
          memory(bytes / sizeof(Line) + 1),
          warps(static_cast<std::size_t>(threads) / 32) {}
    /// Registers of a warp's threads, while they multiply.
    struct Warp {
        SleepingBarrier barrier{32};
        float a[32][4], b[32][2];
    };
    struct alignas(16) Line {
        unsigned char bytes[16];
    };
    SleepingBarrier barrier;
    std::vector<Line> memory;
    std::vector<Warp> warps;
};

/// What kernels see of CUDA in place of their own type of threads.
class EmulatedThread {
public:
    EmulatedThread(EmulatedBlock& of_block, int thread, int threads, int block, int blocks)
        : of_block_(&of_block),
          thread_(thread),
          threads_(threads),
          block_(block),
          blocks_(blocks) {}

    int thread() const { return thread_; }
    int threads() const { return threads_; }
    int block() const { return block_; }
    int blocks() const { return blocks_; }
    void barrier() const { of_block_->barrier.arrive_and_wait(); }
    void fence() const { std::atomic_thread_fence(std::memory_order_seq_cst); }
    unsigned add_one(unsigned* counter) const { return std::atomic_ref(*counter).fetch_add(1); }
    unsigned read(unsigned* counter) const {
        std::this_thread::yield();  // whoever is waited for needs this processor
        return std::atomic_ref(*counter).load();
    }
    unsigned char* memory() const { return of_block_->memory[0].bytes; }

    /// cvt.rna.tf32: to nearest, ties away from zero.
    unsigned to_tf32(float x) const { return (std::bit_cast<unsigned>(x) + 0x1000U) & ~0x1fffU; }
    /// Who has what, as the PTX ISA says under mma.m16n8k8: thread 4 g + t has a (g, t),
    /// (g + 8, t), (g, t + 4), (g + 8, t + 4); b (t, g), (t + 4, g); c (g, 2 t), (g, 2 t + 1),
    /// (g + 8, 2 t), (g + 8, 2 t + 1).
    void multiply(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) const {
        auto& warp = of_block_->warps[static_cast<std::size_t>(thread_) / 32];
        const int lane = thread_ % 32;
        for (int i = 0; i < 4; ++i) warp.a[lane][i] = std::bit_cast<float>(a[i]);
        for (int i = 0; i < 2; ++i) warp.b[lane][i] = std::bit_cast<float>(b[i]);
        warp.barrier.arrive_and_wait();
        for (int i = 0; i < 4; ++i) {
            const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
            for (int k = 0; k < 8; ++k)
                c[i] += warp.a[row % 8 * 4 + k % 4][row / 8 + 2 * (k / 4)] *
                        warp.b[column * 4 + k % 4][k / 4];
        }
        warp.barrier.arrive_and_wait();
    }

private:
    EmulatedBlock* of_block_;
    int thread_, threads_, block_, blocks_;
};

/// One block after the other, since none waits for another; the last one first, as a device may.
template <class Kernel>
void launch(const LaunchShape& shape, Kernel&& kernel) {
    for (int b = shape.blocks - 1; b >= 0; --b) {
        EmulatedBlock block(shape.threads, shape.memory);
        std::vector<std::jthread> threads;
        for (int t = 0; t < shape.threads; ++t)
            threads.emplace_back(
                [&, b, t] { kernel(EmulatedThread(block, t, shape.threads, b, shape.blocks)); });
    }
}

/// All blocks at once, as a cooperative launch has them.
template <class Kernel>
void launch_at_once(const LaunchShape& shape, Kernel&& kernel) {
    std::vector<std::unique_ptr<EmulatedBlock>> blocks;
    for (int b = 0; b < shape.blocks; ++b)
        blocks.push_back(std::make_unique<EmulatedBlock>(shape.threads, shape.memory));
    std::vector<std::jthread> threads;
    for (int b = 0; b < shape.blocks; ++b)
        for (int t = 0; t < shape.threads; ++t)
            threads.emplace_back([&, b, t] {
                kernel(EmulatedThread(*blocks[static_cast<std::size_t>(b)], t, shape.threads, b,
                                      shape.blocks));
            });
}

}  // namespace asp::cuda
