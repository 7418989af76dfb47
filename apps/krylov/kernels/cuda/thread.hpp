#pragma once
// One thread of a launch, as the kernels of this folder see it. Freestanding. They take its type as
// a parameter, so that a test can run them on the processor, barriers and all:
//
//     thread(), threads()   this thread within its block, and how many the block has
//     block(), blocks()     this block within the grid, and how many the grid has
//     barrier()             all threads of the block
//     fence()               what was written before is seen by whoever sees what is written after
//     add_one(counter)      gives what was there before
//     read(counter)         as it is now, not as it was
//     memory()              of the block, as much as the launch gave

#include "asp/kernel/prelude.hpp"

#if defined(__CUDACC__)
#define KRYLOV_DEVICE __device__ __forceinline__
#else
#define KRYLOV_DEVICE inline
#endif

namespace krylov::cuda {

constexpr int warp = 32;

#if defined(__CUDACC__)
struct Thread {
    static KRYLOV_DEVICE int thread() { return int(threadIdx.x); }
    static KRYLOV_DEVICE int threads() { return int(blockDim.x); }
    static KRYLOV_DEVICE int block() { return int(blockIdx.x); }
    static KRYLOV_DEVICE int blocks() { return int(gridDim.x); }
    static KRYLOV_DEVICE void barrier() { __syncthreads(); }
    static KRYLOV_DEVICE void fence() { __threadfence(); }
    static KRYLOV_DEVICE unsigned add_one(unsigned* counter) { return atomicAdd(counter, 1u); }
    static KRYLOV_DEVICE unsigned read(const unsigned* counter) {
        return *static_cast<const volatile unsigned*>(counter);
    }
    static KRYLOV_DEVICE unsigned char* memory() {
        extern __shared__ __align__(16) unsigned char of_block[];
        return of_block;
    }
};
#endif

/// Returns when all threads of the grid are here. The counter is zero at the launch, and all blocks
/// run at once: a cooperative launch sees to that. The fences also empty the L1 caches, which know
/// nothing of what other blocks write. The counter wraps around after 2^32 / blocks barriers.
template <class AnyThread>
KRYLOV_DEVICE void grid_barrier(AnyThread t, unsigned* counter) {
    t.barrier();
    if (t.thread() == 0) {
        t.fence();
        const unsigned blocks = unsigned(t.blocks());
        const unsigned all = (t.add_one(counter) / blocks + 1) * blocks;
        while (t.read(counter) < all) {
        }
        t.fence();
    }
    t.barrier();
}

}  // namespace krylov::cuda
