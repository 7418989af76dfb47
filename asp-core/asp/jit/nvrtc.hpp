#pragma once

#include <chrono>
#include <string>

#include "asp/base/expected.hpp"
#include "asp/jit/compile.hpp"
#include "asp/jit/toolchain.hpp"

namespace asp::jit {

enum class CudaFormat {
    cubin,  ///< machine code of one architecture
    ptx,    ///< for the driver to finish, on this architecture or later
};

struct CudaOptions {
    int architecture = 80;  ///< ten times the compute capability: 80, 90
    CudaFormat format = CudaFormat::cubin;
    bool contract = true;  ///< a * b + c may become one rounding
};

struct CudaImage {
    std::string bytes;  ///< for cuModuleLoadData
    std::string log;
    double compile_seconds;
};

/// The NVRTC library; the failure says what to do in a build without CUDA.
Expected<Toolchain, CompileFailure> find_nvrtc();

/// Compiles in this process, without a device. `source` names its kernels extern "C".
Expected<CudaImage, CompileFailure> compile_cuda(const Source& source,
                                                 const CudaOptions& options = {});

}  // namespace asp::jit
