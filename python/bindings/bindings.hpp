#pragma once

#include <pybind11/pybind11.h>

namespace asp::python {

// Each file of this folder adds its part to the module; none holds logic or defaults.
void bind_errors(pybind11::module_& module);

}  // namespace asp::python
