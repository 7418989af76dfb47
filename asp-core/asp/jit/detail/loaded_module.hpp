#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "asp/base/expected.hpp"
#include "asp/jit/detail/file_system.hpp"
#include "asp/jit/module.hpp"

namespace asp::jit::detail {

/// A shared object in memory. The bytes that were checked are the bytes that are loaded: they are
/// copied into a sealed file that has no name and that nobody can change.
class LoadedObject {
public:
    /// The error is the loader's, one line. Refuses an object that changes how this thread rounds
    /// or treats subnormal numbers, and puts that back.
    static Expected<LoadedObject, std::string> load(std::string_view bytes);

    LoadedObject(LoadedObject&& other) noexcept
        : file_(std::move(other.file_)), handle_(std::exchange(other.handle_, nullptr)) {}
    ~LoadedObject();

    /// Null when there is none.
    void* symbol(const char* name) const;

private:
    LoadedObject(Descriptor file, void* handle) : file_(std::move(file)), handle_(handle) {}

    // Open as long as the object is loaded: the loader knows objects by name, here
    // /proc/self/fd/N, and for a number used again it would hand out the previous object.
    Descriptor file_;
    void* handle_;
};

struct LoadedModule {
    LoadedObject object;
    Provenance provenance;
    std::string source;
};

}  // namespace asp::jit::detail
