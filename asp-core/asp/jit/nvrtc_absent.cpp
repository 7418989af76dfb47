#include "asp/jit/nvrtc.hpp"

namespace asp::jit {

namespace {
Unexpected<CompileFailure> absent() {
    return Unexpected{CompileFailure{CompileFailure::Reason::no_compiler,
                                     "built without CUDA: configure with --preset cuda"}};
}
}  // namespace

Expected<Toolchain, CompileFailure> find_nvrtc() {
    return absent();
}

Expected<CudaImage, CompileFailure> compile_cuda(const Source&, const CudaOptions&) {
    return absent();
}

}  // namespace asp::jit
