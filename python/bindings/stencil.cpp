#include "asp/stencil/stencil.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/base/error.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/ir/print.hpp"
#include "asp/stencil/encode.hpp"
#include "bindings/attention.hpp"
#include "bindings/bindings.hpp"
#include "bindings/context.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

using stencil::Stencil;

constexpr std::size_t most = 64;  ///< parameters, as of a dispatcher

/// Whether two points may be at one place: a step is shorter than all that the smaller steps reach.
bool overlaps_itself(const std::array<long, 3>& shape, const std::array<long, 3>& steps) {
    std::array<std::size_t, 3> order{0, 1, 2};
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return steps[a] < steps[b]; });
    long reach = 0;
    for (const std::size_t d : order) {
        if (shape[d] < 2) continue;
        if (steps[d] <= reach) return true;
        reach += steps[d] * (shape[d] - 1);
    }
    return false;
}

/// Fields and numbers of a call, on the stack.
struct Gathered {
    std::array<double*, most> fields;
    std::array<std::array<long, 3>, most> strides;
    std::array<double, most> numbers;
    std::array<long, 3> shape{};
    std::size_t field_count = 0, number_count = 0;

    /// What a number is; of a parameter that the stencil does not use, anything.
    void add_number(const Operand& operand) {
        const bool is_number = operand.kind == Operand::Kind::number;
        numbers[number_count++] = is_number ? operand.number : 0.0;
    }

    /// False where the shapes differ, an array is read backwards, or what is written overlaps
    /// itself.
    bool add_field(const Operand& operand, bool is_written) {
        if (operand.kind != Operand::Kind::array) return false;
        std::array<long, 3> own{};
        auto& steps = strides[field_count] = {};
        long dense = 1;
        for (auto k = static_cast<std::size_t>(operand.dimensions); k-- > 0;) {
            own[k] = operand.shape[k];
            // Of an axis of one point NumPy's stride may be anything.
            steps[k] = own[k] > 1 ? operand.strides[k] / static_cast<long>(sizeof(double)) : dense;
            if (steps[k] < 0) return false;
            dense = steps[k] * std::max(own[k], 1L);
        }
        if (is_written && overlaps_itself(own, steps)) return false;
        if (field_count == 0) shape = own;
        fields[field_count++] = operand.data;
        return own == shape;
    }
    stencil::Call call() const {
        return {shape,
                {fields.data(), field_count},
                {strides.data(), field_count},
                {numbers.data(), number_count}};
    }
};

PyObject* returned_object(std::span<const double> values) {
    if (values.empty()) return Py_NewRef(Py_None);
    if (values.size() == 1) return PyFloat_FromDouble(values[0]);
    PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(values.size()));
    for (std::size_t k = 0; tuple != nullptr && k < values.size(); ++k) {
        PyObject* const value = PyFloat_FromDouble(values[k]);
        if (value == nullptr) {
            Py_DECREF(tuple);
            return nullptr;
        }
        PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(k), value);
    }
    return tuple;
}

/// `act`, and an InputError as Python's own.
template <class Act>
bool attempt(Act&& act) {
    try {
        act();
        return true;
    } catch (const InputError& error) {
        const py::object type = py::module_::import("asp._native").attr("InputError");
        PyErr_SetString(type.ptr(), error.what());
        return false;
    }
}

/// (is a field, is written) of each parameter.
using Roles = std::vector<std::pair<bool, bool>>;

Roles parameters_of(const ir::GridFunction& function) {
    Roles result;
    for (const ir::GridParameter& p : function.parameters)
        result.emplace_back(
            p.is_field, p.is_field && function.fields[p.index].role == ir::Field::Role::written);
    return result;
}

class StencilLaunch : public Launch {
public:
    StencilLaunch(Stencil stencil, const ir::GridFunction& function)
        : stencil_(std::move(stencil)),
          dimensions_(function.dimensions),
          returned_(function.returned.size()),
          roles_(parameters_of(function)) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        return with(operands, [&](const stencil::Call& call, std::span<double> returned) {
            if (points(call) < Stencil::few_points) return stencil_.run(call, returned);
            const WithoutGil others;
            stencil_.run(call, returned, HartPool::process());
        });
    }

protected:
    template <class Act>
    PyObject* with(std::span<const Operand> operands, Act&& act) const {
        Gathered gathered;
        for (std::size_t i = 0; i < operands.size(); ++i) {
            const auto [is_field, is_written] = roles_[i];
            if (!is_field)
                gathered.add_number(operands[i]);
            else if (!gathered.add_field(operands[i], is_written))
                return nullptr;
        }
        std::array<double, most> values;
        const std::span<double> returned(values.data(), returned_);
        if (!attempt([&] { act(gathered.call(), returned); })) return nullptr;
        return returned_object(returned);
    }
    const Stencil& stencil() const { return stencil_; }

private:
    long points(const stencil::Call& call) const {
        long count = 1;
        for (std::size_t d = 0; d < dimensions_; ++d) count *= call.shape[d];
        return count;
    }

    Stencil stencil_;
    std::size_t dimensions_, returned_;
    Roles roles_;
};

/// The last operand is the number of steps.
class StepsLaunch final : public StencilLaunch {
public:
    StepsLaunch(Stencil stencil, const ir::GridFunction& function, std::vector<stencil::Feed> feeds)
        : StencilLaunch(std::move(stencil), function), feeds_(std::move(feeds)) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        const double steps = operands.back().number;
        if (!(steps >= 1.0 && steps < 1e15 && std::floor(steps) == steps)) return nullptr;
        const auto fields = operands.first(operands.size() - 1);
        Attention attention;
        PyObject* const result =
            with(fields, [&](const stencil::Call& call, std::span<double> returned) {
                const WithoutGil others;
                stencil().iterate(static_cast<long>(steps), feeds_, call, returned,
                                  HartPool::process(), [&] { return attention.wanted_end(); });
            });
        if (result == nullptr || !attention.raise()) return result;
        Py_DECREF(result);
        return nullptr;
    }

private:
    std::vector<stencil::Feed> feeds_;
};

ir::GridFunction parse_grid(std::shared_ptr<const ir::Source> source, std::size_t dimensions,
                            int edge, double edge_value, const ir::Environment& environment) {
    Diagnostics diagnostics;
    const ir::GridSetting setting{dimensions, static_cast<ir::Edge>(edge), edge_value};
    auto function = ir::parse_grid_function(std::move(source), setting, environment, diagnostics);
    diagnostics.throw_if_any();
    return *function;
}

/// What it means, to the letter.
std::string text_of(const ir::GridFunction& function) {
    const Problem problem = stencil::encode(function);
    std::string text = ir::to_string(problem.function);
    for (const auto& [name, value] : problem.constants)
        text += name + " = " + std::to_string(value) + "\n";
    return text;
}

Stencil stencil_of(const ir::GridFunction& function, const std::string& mode, long extent) {
    const WithoutGil others;
    return {function, context_of(mode, extent)};
}

}  // namespace

void bind_stencil(py::module_& module) {
    py::class_<ir::GridFunction>(module, "GridFunction")
        .def_readonly("name", &ir::GridFunction::name)
        .def_readonly("dimensions", &ir::GridFunction::dimensions)
        .def_property_readonly("parameters", parameters_of)
        .def("__str__", text_of);
    module.def("parse_grid", parse_grid, py::arg("source"), py::arg("dimensions"), py::arg("edge"),
               py::arg("edge_value"), py::arg("environment"));
    py::class_<Stencil>(module, "Stencil")
        .def(py::init(&stencil_of), py::arg("function"), py::arg("mode"), py::arg("extent"))
        .def_property_readonly("kernel", &Stencil::kernel, py::return_value_policy::copy)
        .def("launch",
             [](const Stencil& stencil,
                const ir::GridFunction& function) -> std::shared_ptr<Launch> {
                 return std::make_shared<StencilLaunch>(stencil, function);
             })
        .def("launch_steps",
             [](const Stencil& stencil, const ir::GridFunction& function,
                const std::vector<std::pair<std::size_t, std::size_t>>& feeds)
                 -> std::shared_ptr<Launch> {
                 std::vector<stencil::Feed> pairs;
                 for (const auto& [written, read] : feeds)
                     pairs.push_back({function.parameters.at(written).index,
                                      function.parameters.at(read).index});
                 return std::make_shared<StepsLaunch>(stencil, function, std::move(pairs));
             });
}

}  // namespace asp::python
