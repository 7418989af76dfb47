#pragma once
// One thread of a launch, as the kernels of this folder see it. Freestanding. They take its type as
// a parameter, so that a test can run them on the processor, barriers and all:
//
//     thread(), threads()   this thread within its block, and how many the block has
//     block(), blocks()     this block within the grid, and how many the grid has
//     barrier()             all threads of the block
//     memory()              of the block, as much as the launch gave, on 16 bytes

#include "asp/kernel/prelude.hpp"

#if defined(__CUDACC__)
#define GMM_DEVICE __device__ __forceinline__
#else
#define GMM_DEVICE inline
#endif

namespace gmm::cuda {

#if defined(__CUDACC__)
struct Thread {
    static GMM_DEVICE int thread() { return int(threadIdx.x); }
    static GMM_DEVICE int threads() { return int(blockDim.x); }
    static GMM_DEVICE int block() { return int(blockIdx.x); }
    static GMM_DEVICE int blocks() { return int(gridDim.x); }
    static GMM_DEVICE void barrier() { __syncthreads(); }
    static GMM_DEVICE unsigned char* memory() {
        extern __shared__ __align__(16) unsigned char of_block[];
        return of_block;
    }
};
#endif

}  // namespace gmm::cuda
