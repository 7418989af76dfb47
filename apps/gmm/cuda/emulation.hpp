#pragma once
// For *.test.cpp only: runs kernels written for a device on the processor. Each thread of a block
// is a thread here, so that a barrier that is missing or that not all reach shows.

#include <barrier>
#include <thread>
#include <vector>

namespace gmm::cuda {

struct EmulatedBlock {
    EmulatedBlock(int threads, std::size_t bytes)
        : barrier(threads), memory(bytes / sizeof(Line) + 1) {}
    struct alignas(16) Line {
        unsigned char bytes[16];
    };
    std::barrier<> barrier;
    std::vector<Line> memory;
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
    unsigned char* memory() const { return of_block_->memory[0].bytes; }

private:
    EmulatedBlock* of_block_;
    int thread_, threads_, block_, blocks_;
};

struct EmulatedLaunch {
    int blocks;
    int threads;  ///< of a block
    std::size_t memory = 0;
};

/// One block after the other, since none waits for another; the last one first, as a device may.
template <class Kernel>
void launch(const EmulatedLaunch& shape, Kernel&& kernel) {
    for (int b = shape.blocks - 1; b >= 0; --b) {
        EmulatedBlock block(shape.threads, shape.memory);
        std::vector<std::jthread> threads;
        for (int t = 0; t < shape.threads; ++t)
            threads.emplace_back(
                [&, b, t] { kernel(EmulatedThread(block, t, shape.threads, b, shape.blocks)); });
    }
}

}  // namespace gmm::cuda
