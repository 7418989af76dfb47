#include "asp/base/version.hpp"
#include "bindings/bindings.hpp"

PYBIND11_MODULE(_native, module) {
    module.attr("version") = asp::version;
    asp::python::bind_errors(module);
    asp::python::bind_lowering(module);
    asp::python::bind_dispatcher(module);
    asp::python::bind_pointwise(module);
    asp::python::bind_callback(module);
    asp::python::bind_newton(module);
    asp::python::bind_stencil(module);
    asp::python::bind_tune(module);
    asp::python::bind_bloodflow(module);
    asp::python::bind_akx(module);
    asp::python::bind_gmm(module);
}
