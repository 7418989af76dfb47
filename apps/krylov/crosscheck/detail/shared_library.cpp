#include "krylov/crosscheck/detail/shared_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "asp/base/error.hpp"

namespace krylov::detail {

void* symbol_of(const char* library, const char* symbol) {
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const address = handle ? dlsym(handle, symbol) : nullptr;
    if (!address) throw asp::BackendError(fmt::format("cannot load {}: {}", library, dlerror()));
    return address;
}

}  // namespace krylov::detail
