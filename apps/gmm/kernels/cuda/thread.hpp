#pragma once
// One thread of a launch, as the kernels of this folder see it. Freestanding. They take its type as
// a parameter, so that a test can run them on the processor, barriers and all:
//
//     thread(), threads()   this thread within its block, and how many the block has
//     block(), blocks()     this block within the grid, and how many the grid has
//     barrier()             all threads of the block
//     memory()              of the block, as much as the launch gave, on 16 bytes
//
// and what cores.hpp says, from compute capability 8.0 on.

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
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    static GMM_DEVICE unsigned to_tf32(float x) {
        unsigned bits;
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
        return bits;
    }
    static GMM_DEVICE void multiply(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, "
            "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    }
#endif
};
#endif

}  // namespace gmm::cuda
