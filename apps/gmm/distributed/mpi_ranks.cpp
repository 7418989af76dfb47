#include <dlfcn.h>
#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "gmm/distributed/mpi_module.hpp"

namespace gmm {

/// MPI comes with dozens of shared libraries: only who asks for it pays for them.
std::unique_ptr<Ranks> make_ranks() {
    constexpr const char* library = "libgmm_mpi.so";
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const address = handle ? dlsym(handle, "gmm_make_ranks") : nullptr;
    if (!address) throw asp::BackendError(fmt::format("cannot load {}: {}", library, dlerror()));
    return std::unique_ptr<Ranks>(reinterpret_cast<decltype(&gmm_make_ranks)>(address)());
}

}  // namespace gmm
