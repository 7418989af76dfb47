#include "asp/base/error.hpp"

#include "bindings/bindings.hpp"

namespace asp::python {

/// InputError is also a ValueError, BackendError a RuntimeError: whoever knows nothing of asp
/// catches what Python's own functions throw.
void bind_errors(pybind11::module_& module) {
    pybind11::register_exception<InputError>(module, "InputError", PyExc_ValueError);
    pybind11::register_exception<BackendError>(module, "BackendError", PyExc_RuntimeError);
}

}  // namespace asp::python
