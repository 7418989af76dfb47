#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>

#include "asp/base/expected.hpp"
#include "asp/jit/compile.hpp"

namespace asp::jit {

/// How a module came to be.
struct Provenance {
    enum class Origin { compiled, cache, pack };
    Origin origin;
    std::string key;              ///< kernel_key()
    std::string name;             ///< of the Source
    std::string compiler;         ///< its version
    std::string instruction_set;  ///< for people
    std::vector<std::string> flags;
    double compile_seconds;        ///< when it was compiled, now or earlier
    double load_seconds;           ///< check and load, this time
    std::filesystem::path folder;  ///< the cache's or pack's entry; empty if it lies in neither
};

std::string_view name_of(Provenance::Origin origin);

namespace detail {
struct LoadedModule;
}

/// Compiled code, loaded. A handle: the code stays loaded while a copy lives.
class Module {
public:
    explicit Module(std::shared_ptr<const detail::LoadedModule> loaded)
        : loaded_(std::move(loaded)) {}

    /// Throws BackendError when there is none of this name.
    void* symbol(const char* name) const;

    /// module.function<double(double)>("entry"); throws BackendError as symbol() does.
    template <class F>
    requires std::is_function_v<F> F* function(const char* name) const {
        return reinterpret_cast<F*>(symbol(name));
    }

    /// The translation unit, without its headers.
    const std::string& source() const noexcept;
    const Provenance& provenance() const noexcept;

private:
    std::shared_ptr<const detail::LoadedModule> loaded_;
};

using BuildResult = Expected<Module, CompileFailure>;

}  // namespace asp::jit
