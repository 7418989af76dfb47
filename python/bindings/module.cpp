#include "asp/base/version.hpp"
#include "bindings/bindings.hpp"

PYBIND11_MODULE(_native, module) {
    module.attr("version") = asp::version;
    asp::python::bind_errors(module);
}
