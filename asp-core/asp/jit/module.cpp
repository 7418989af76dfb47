#include "asp/jit/module.hpp"

#include "asp/base/error.hpp"
#include "asp/jit/detail/loaded_module.hpp"

namespace asp::jit {

std::string_view name_of(Provenance::Origin origin) {
    switch (origin) {
        case Provenance::Origin::compiled:
            return "compiled";
        case Provenance::Origin::cache:
            return "cache";
        case Provenance::Origin::pack:
            return "pack";
    }
    return {};
}

void* Module::symbol(const char* name) const {
    if (void* address = loaded_->object.symbol(name)) return address;
    throw BackendError("the kernel '" + loaded_->provenance.name + "' has no function '" + name +
                       "'");
}

const std::string& Module::source() const noexcept {
    return loaded_->source;
}

const Provenance& Module::provenance() const noexcept {
    return loaded_->provenance;
}

}  // namespace asp::jit
