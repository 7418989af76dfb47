#pragma once

#include "asp/jit/compile.hpp"
#include "gmm/kernels/cuda/shape.hpp"

namespace gmm::cuda {

enum class KernelKind {
    pass,         ///< (PassCall): kernels/cuda/pass.hpp
    add_records,  ///< (records, slabs, numbers, total): the same
    many,         ///< (ManyCall): kernels/cuda/many.hpp
};

struct KernelSpecification {
    KernelKind kind = KernelKind::pass;
    Shape shape = {};
    int dimension = 0;  ///< 0: the call says
};

constexpr int add_records_threads = 256;

/// The text of the kernel "gmm_kernel" for nvcc and NVRTC, with the headers it includes.
asp::jit::Source source_of(const KernelSpecification& specification);

}  // namespace gmm::cuda
