#include "asp/stencil/detail/workspace.hpp"

#include <memory>
#include <new>

#include "asp/base/aligned.hpp"

namespace asp::stencil::detail {
namespace {

struct Free {
    void operator()(double* p) const { ::operator delete (p, std::align_val_t{64}); }
};

struct Workspace {
    std::unique_ptr<double, Free> memory;
    long doubles = 0;
};

}  // namespace

double* lend_workspace(long doubles) {
    thread_local Workspace mine;
    if (doubles > mine.doubles) {
        mine.doubles = 0;
        mine.memory.reset();
        const auto bytes = static_cast<std::size_t>(doubles) * sizeof(double);
        mine.memory.reset(
            static_cast<double*>(::operator new (bytes, std::align_val_t{64}, std::nothrow)));
        if (!mine.memory) return nullptr;
        mine.doubles = doubles;
    }
    return mine.memory.get();
}

}  // namespace asp::stencil::detail
