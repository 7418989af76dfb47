#pragma once
// What the files about bloodflow share.

#include <pybind11/pybind11.h>

#include <memory>

#include "bloodflow/case.hpp"

namespace asp::python {

using CasePointer = std::shared_ptr<::bloodflow::Case>;

void bind_bloodflow_run(pybind11::module_& module);
void bind_bloodflow_solver(pybind11::module_& module);

}  // namespace asp::python
