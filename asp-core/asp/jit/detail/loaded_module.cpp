#include "asp/jit/detail/loaded_module.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <filesystem>

#include "asp/jit/detail/private_folder.hpp"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace asp::jit::detail {

namespace {

/// Rounding, flush-to-zero, denormals-are-zero and trap masks of this thread; not the sticky flags.
unsigned floating_point_mode() {
#if defined(__SSE__)
    return _mm_getcsr() & 0xffc0U;
#else
    return 0;
#endif
}

void set_floating_point_mode([[maybe_unused]] unsigned mode) {
#if defined(__SSE__)
    _mm_setcsr((_mm_getcsr() & 0x3fU) | mode);
#endif
}

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Descriptor sealed_file(std::string_view bytes) {
    constexpr unsigned executable =
        0x10U;  // MFD_EXEC of Linux 6.3, which warns where it is missing
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int created = ::memfd_create("asp-kernel", flags | executable);
    if (created < 0 && errno == EINVAL) created = ::memfd_create("asp-kernel", flags);
    Descriptor file(created);
    const bool sealed = file && write_all(file.get(), bytes) &&
                        ::fcntl(file.get(), F_ADD_SEALS,
                                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
    if (!sealed) return Descriptor(-1);
    return file;
}

/// The loader names the object by our file name; people do not want to read that.
std::string loader_error(const std::string& name) {
    const char* text = ::dlerror();
    std::string message = text == nullptr ? "unknown error of the loader" : text;
    if (message.starts_with(name + ": ")) message.erase(0, name.size() + 2);
    return message;
}

Expected<void*, std::string> open_object(const std::string& name) {
    const unsigned before = floating_point_mode();
    void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return Unexpected{loader_error(name)};
    if (floating_point_mode() == before) return handle;
    set_floating_point_mode(before);
    ::dlclose(handle);
    return Unexpected{std::string(
        "the object changes how floating-point numbers are rounded; is -ffast-math in the "
        "compiler's own configuration?")};
}

std::string name_of(const Descriptor& file) {
    return "/proc/self/fd/" + std::to_string(file.get());
}

/// For systems that forbid code in files without a name: a file that only we can reach.
Expected<void*, std::string> open_as_named_file(std::string_view bytes) {
    auto folder = PrivateFolder::create_temporary();
    if (!folder) return Unexpected{folder.error()};
    if (const int error = write_file(folder->descriptor(), "kernel.so", bytes))
        return Unexpected{folder->path().string() + "/kernel.so: " + error_text(error)};
    return open_object((folder->path() / "kernel.so").string());
}

}  // namespace

Expected<LoadedObject, std::string> LoadedObject::load(std::string_view bytes) {
    Descriptor file = sealed_file(bytes);
    if (file) {
        auto handle = open_object(name_of(file));
        if (handle) return LoadedObject(std::move(file), *handle);
        // Also where /proc is missing.
        if (handle.error().find("cannot open") == std::string::npos &&
            handle.error().find("failed to map") == std::string::npos)
            return Unexpected{handle.error()};
    }
    auto handle = open_as_named_file(bytes);
    if (!handle) return Unexpected{handle.error()};
    return LoadedObject(Descriptor(-1), *handle);
}

LoadedObject::~LoadedObject() {
    if (handle_ == nullptr) return;
    ::dlclose(handle_);
    // An object with unique symbols stays loaded for ever, and so must its name stay taken.
    if (file_ && ::dlopen(name_of(file_).c_str(), RTLD_LAZY | RTLD_NOLOAD) != nullptr)
        static_cast<void>(file_.release());
}

void* LoadedObject::symbol(const char* name) const {
    return ::dlsym(handle_, name);
}

}  // namespace asp::jit::detail
