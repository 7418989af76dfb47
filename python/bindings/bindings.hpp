#pragma once

#include <pybind11/pybind11.h>

namespace asp::python {

// Each file of this folder adds its part to the module; none holds logic or defaults.
void bind_akx(pybind11::module_& module);
void bind_bloodflow(pybind11::module_& module);
void bind_callback(pybind11::module_& module);
void bind_dispatcher(pybind11::module_& module);
void bind_errors(pybind11::module_& module);
void bind_gmm(pybind11::module_& module);
void bind_lowering(pybind11::module_& module);
void bind_newton(pybind11::module_& module);
void bind_pointwise(pybind11::module_& module);
void bind_stencil(pybind11::module_& module);
void bind_tune(pybind11::module_& module);

}  // namespace asp::python
