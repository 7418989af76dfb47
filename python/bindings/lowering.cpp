#include <pybind11/stl.h>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/parse.hpp"
#include "asp/ir/print.hpp"
#include "asp/ir/stages.hpp"
#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

/// bool, int, float, or a tuple of such. An int beyond 64 bits is a real number in the language.
ir::Captured captured(const py::handle& value) {
    if (py::isinstance<py::bool_>(value)) return {value.cast<bool>()};
    if (py::isinstance<py::int_>(value)) {
        int overflow = 0;
        const long long whole = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
        if (overflow == 0) return {static_cast<std::int64_t>(whole)};
        return {value.cast<double>()};
    }
    if (py::isinstance<py::float_>(value)) return {value.cast<double>()};
    std::vector<ir::Captured> elements;
    for (const py::handle element : value.cast<py::tuple>()) elements.push_back(captured(element));
    return {std::move(elements)};
}

ir::Function parse_function(std::shared_ptr<const ir::Source> source,
                            const ir::Environment& environment) {
    Diagnostics diagnostics;
    std::vector<ir::Function> functions =
        ir::parse_functions(std::move(source), environment, diagnostics);
    diagnostics.throw_if_any();
    return std::move(functions.back());
}

template <class Part>
std::vector<std::string> names_of(const std::vector<Part>& parts) {
    std::vector<std::string> names;
    for (const Part& part : parts) names.push_back(part.name);
    return names;
}

void bind_texts(py::module_& module) {
    py::class_<ir::Source, std::shared_ptr<ir::Source>>(module, "Source")
        .def(py::init([](std::string place, std::string text, int first_line) {
                 return ir::Source{std::move(place), std::move(text), first_line};
             }),
             py::arg("place"), py::arg("text"), py::arg("first_line"))
        .def_readonly("place", &ir::Source::place)
        .def_readonly("text", &ir::Source::text)
        .def_readonly("first_line", &ir::Source::first_line)
        .def("complaint", [](const ir::Source& source, std::uint32_t begin, std::uint32_t end,
                             const std::string& message) {
            return ir::complaint(source, {begin, end}, message);
        });
    py::class_<ir::Symbol>(module, "Symbol")
        .def(py::init([](std::string name, double low, double high, std::size_t size) {
                 return ir::Symbol{std::move(name), {}, {low, high}, size};
             }),
             py::arg("name"), py::arg("low") = ir::Interval{}.low,
             py::arg("high") = ir::Interval{}.high, py::arg("size") = 0)
        .def_readonly("name", &ir::Symbol::name);
    py::class_<ir::Environment>(module, "Environment")
        .def(py::init<>())
        .def(py::init<const ir::Environment&>())
        .def("declare", [](ir::Environment& e, ir::Symbol s) { e.arguments.push_back(s); })
        .def("capture", [](ir::Environment& e, const std::string& name,
                           const py::handle& value) { e.captured[name] = captured(value); })
        .def("add_function", [](ir::Environment& e, const std::string& name,
                                const ir::Function& function) { e.functions[name] = function; })
        .def("alias", [](ir::Environment& e, const std::string& name,
                         const std::string& meaning) { e.aliases[name] = meaning; })
        .def("refuse", [](ir::Environment& e, const std::string& name, const std::string& reason) {
            e.refused[name] = reason;
        });
}

/// A graph under construction, for functions without a text.
void bind_graph(py::module_& module) {
    py::class_<ir::Expression>(module, "Expression", "A node of a graph; keep the graph alive.")
        .def_property_readonly(
            "is_condition", [](const ir::Expression& e) { return e.type() == ir::Type::boolean; });
    py::class_<ir::Graph, std::shared_ptr<ir::Graph>>(module, "Graph")
        .def(py::init<>())
        .def("constant", &ir::Graph::constant)
        .def("boolean", &ir::Graph::boolean)
        .def("argument", [](ir::Graph& graph, std::size_t i) { return graph.argument(i); })
        .def("apply",
             [](ir::Graph& graph, const std::string& name,
                const std::vector<ir::Expression>& operands) {
                 if (name == "power") return ir::power(operands.at(0), operands.at(1));
                 for (std::size_t i = 0; i < ir::op_count; ++i)
                     if (const auto op = static_cast<ir::Op>(i); ir::name_of(op) == name)
                         return graph.apply(op, operands);
                 throw py::key_error(name);
             })
        .def("function", [](const std::shared_ptr<ir::Graph>& graph, std::string name,
                            const std::vector<std::string>& arguments,
                            const std::vector<ir::Expression>& results) {
            ir::Function function{std::move(name), {}, {}, graph, {}};
            for (const std::string& argument : arguments)
                function.arguments.push_back({argument, {}, {}});
            for (std::size_t k = 0; k < results.size(); ++k)
                function.results.push_back({"result" + std::to_string(k), results[k], {}});
            return function;
        });
}

}  // namespace

void bind_lowering(py::module_& module) {
    bind_texts(module);
    bind_graph(module);
    py::class_<ir::Function>(module, "Function")
        .def_readonly("name", &ir::Function::name)
        .def_property_readonly("arguments",
                               [](const ir::Function& f) { return names_of(f.arguments); })
        .def_property_readonly("calls", [](const ir::Function& f) { return f.calls.size(); })
        .def("stages",
             [](const ir::Function& f) {
                 std::vector<std::pair<std::string, ir::Function>> stages;
                 for (ir::Stage& stage : ir::stages_of(f))
                     stages.emplace_back(std::move(stage.call), std::move(stage.function));
                 return stages;
             })
        .def_property_readonly("results", [](const ir::Function& f) { return names_of(f.results); })
        .def("preset",
             [](ir::Function& f, const std::string& name, double value) {
                 for (ir::Argument& argument : f.arguments)
                     if (argument.name == name) argument.preset = value;
             })
        .def("__str__", [](const ir::Function& f) { return ir::to_string(f); })
        .def("__eq__", [](const ir::Function& a, const ir::Function& b) {
            return ir::to_string(a) == ir::to_string(b);
        });
    module.def("opaque_function", ir::opaque_function, py::arg("name"), py::arg("parameters"),
               py::arg("key"));
    module.def("parse_function", parse_function, py::arg("source"), py::arg("environment"));
}

}  // namespace asp::python
