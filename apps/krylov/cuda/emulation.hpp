#pragma once
// For *.test.cpp only: runs kernels written for a device on the processor. Each thread of a launch
// is a thread here, so that a barrier that is missing or that not all reach shows.

#include <atomic>
#include <barrier>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace krylov::cuda {

struct EmulatedBlock {
    explicit EmulatedBlock(int threads, std::size_t bytes) : barrier(threads), memory(bytes) {}
    std::barrier<> barrier;
    std::vector<unsigned char> memory;
};

/// What kernels/cuda/thread.hpp asks for.
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
    unsigned char* memory() const { return of_block_->memory.data(); }

private:
    EmulatedBlock* of_block_;
    int thread_, threads_, block_, blocks_;
};

struct EmulatedLaunch {
    int blocks;
    int threads;  ///< of a block
    std::size_t memory = 0;
};

/// All blocks at once, as a cooperative launch has them.
template <class Kernel>
void launch(const EmulatedLaunch& shape, Kernel&& kernel) {
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

}  // namespace krylov::cuda
