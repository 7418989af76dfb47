#include <dlfcn.h>
#include <fmt/format.h>

#include "asp/base/error.hpp"
#include "gmm/bench/armadillo_module.hpp"

namespace gmm {

/// Armadillo comes with an OpenMP, a BLAS and a LAPACK: only who asks for it pays for them.
std::unique_ptr<Peer> armadillo_peer(const PeerTask& task) {
    constexpr const char* library = "libgmm_armadillo.so";
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const address = handle ? dlsym(handle, "gmm_make_armadillo_peer") : nullptr;
    if (!address) throw asp::BackendError(fmt::format("cannot load {}: {}", library, dlerror()));
    return std::unique_ptr<Peer>(
        reinterpret_cast<decltype(&gmm_make_armadillo_peer)>(address)(task));
}

}  // namespace gmm
