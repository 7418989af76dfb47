#pragma once

namespace krylov::detail {

/// The address of a shared library's symbol. The library stays loaded until the process ends.
/// Throws BackendError with the loader's reason.
void* symbol_of(const char* library, const char* symbol);

}  // namespace krylov::detail
