#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include "asp/base/diagnostics.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/pointwise/evaluator.hpp"
#include "bindings/bindings.hpp"
#include "bindings/context.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

using pointwise::Evaluator;
using pointwise::Pointwise;

/// The arrays and numbers of one call, on the stack.
struct Gathered {
    std::array<void*, 2 * Pointwise::most> arrays;
    std::array<double, Pointwise::most> numbers;
    std::size_t array_count = 0, number_count = 0;
    Arguments arguments() const { return {arrays.data(), numbers.data()}; }
};

/// Runs a kernel on whole arrays: all of one shape, in C's order, whatever their dimensions.
class ArrayLaunch final : public Launch {
public:
    ArrayLaunch(Evaluator evaluator, std::size_t parameters, std::size_t results)
        : evaluator_(std::move(evaluator)), parameters_(parameters), results_(results) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        const auto is_array = [](const Operand& o) { return o.kind == Operand::Kind::array; };
        const auto read = operands.first(parameters_), written = operands.subspan(parameters_);
        const auto first = std::ranges::find_if(read, is_array);
        Gathered gathered;
        for (const Operand& operand : read) {
            if (is_array(operand) && !same_shape(operand, *first)) return nullptr;
            if (is_array(operand))
                gathered.arrays[gathered.array_count++] = operand.data;
            else
                gathered.numbers[gathered.number_count++] = operand.number;
        }
        if (!written.empty()) return write(gathered, *first, read, written);
        return create(gathered, *first);
    }

private:
    /// Into arrays that are there.
    PyObject* write(Gathered& gathered, const Operand& like, std::span<const Operand> read,
                    std::span<const Operand> written) const {
        for (std::size_t k = 0; k < written.size(); ++k) {
            if (!same_shape(written[k], like)) return nullptr;
            for (const Operand& other : read)
                if (other.kind == Operand::Kind::array && !same_memory(other, written[k]) &&
                    overlap(other, written[k]))
                    return nullptr;
            for (const Operand& other : written.first(k))
                if (overlap(other, written[k])) return nullptr;
            gathered.arrays[gathered.array_count++] = written[k].data;
        }
        run(gathered, size_of(like));
        if (written.size() == 1) return Py_NewRef(written[0].object);
        PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(written.size()));
        for (std::size_t k = 0; tuple != nullptr && k < written.size(); ++k)
            PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(k), Py_NewRef(written[k].object));
        return tuple;
    }

    PyObject* create(Gathered& gathered, const Operand& like) const {
        std::array<PyObject*, Pointwise::most> made{};
        for (std::size_t k = 0; k < results_; ++k) {
            made[k] = new_array_like(like);
            if (made[k] == nullptr) {
                while (k-- > 0) Py_DECREF(made[k]);
                return nullptr;
            }
            gathered.arrays[gathered.array_count++] = array_data(made[k]);
        }
        run(gathered, size_of(like));
        if (results_ == 1) return made[0];
        PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(results_));
        for (std::size_t k = 0; k < results_; ++k) {
            if (tuple == nullptr)
                Py_DECREF(made[k]);
            else
                PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(k), made[k]);
        }
        return tuple;
    }

    void run(const Gathered& gathered, std::size_t size) const {
        const auto n = static_cast<long>(size);
        if (n < evaluator_.many()) return evaluator_.run(gathered.arguments(), n);
        const WithoutGil others;
        evaluator_.run(gathered.arguments(), n, HartPool::process());
    }

    Evaluator evaluator_;
    std::size_t parameters_, results_;
};

/// Runs a kernel for arrays at one point whose arguments are all numbers.
class PointLaunch final : public Launch {
public:
    PointLaunch(Evaluator evaluator, std::size_t results)
        : evaluator_(std::move(evaluator)), results_(results) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        std::array<double, Pointwise::most> values, results;
        std::array<void*, 2 * Pointwise::most> arrays;
        for (std::size_t j = 0; j < operands.size(); ++j) {
            values[j] = operands[j].number;
            arrays[j] = &values[j];
        }
        for (std::size_t k = 0; k < results_; ++k) arrays[operands.size() + k] = &results[k];
        evaluator_.run({arrays.data()}, 1);
        if (results_ == 1) return PyFloat_FromDouble(results[0]);
        PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(results_));
        for (std::size_t k = 0; tuple != nullptr && k < results_; ++k) {
            PyObject* const value = PyFloat_FromDouble(results[k]);
            if (value == nullptr) {
                Py_DECREF(tuple);
                return nullptr;
            }
            PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(k), value);
        }
        return tuple;
    }

private:
    Evaluator evaluator_;
    std::size_t results_;
};

Evaluator evaluator_of(const ir::Function& function, long numbers, const std::string& mode,
                       long extent) {
    const WithoutGil others;
    Diagnostics diagnostics;
    const auto problem = Pointwise().parse(function, {{"numbers", numbers}}, diagnostics);
    diagnostics.throw_if_any();
    return {*problem, context_of(mode, extent)};
}

}  // namespace

void bind_pointwise(py::module_& module) {
    py::class_<Kernel>(module, "Kernel")
        .def_property_readonly("rung", [](const Kernel& k) { return name_of(k.rung()); })
        .def_property_readonly("is_compiling", &Kernel::is_compiling)
        .def("source", &Kernel::source, py::call_guard<WithoutGil>())
        .def("explain", &Kernel::explain)
        .def_property_readonly("costs",
                               [](const Kernel& k) -> std::optional<std::pair<double, double>> {
                                   const auto costs = k.costs();
                                   if (!costs) return {};
                                   return std::pair(costs->compile_seconds, costs->load_seconds);
                               })
        .def("wait", &Kernel::wait, py::call_guard<WithoutGil>())
        .def("stop", &Kernel::stop, py::call_guard<WithoutGil>());
    py::class_<Evaluator>(module, "Evaluator")
        .def(py::init(&evaluator_of), py::arg("function"), py::arg("numbers"), py::arg("mode"),
             py::arg("extent"))
        .def_property_readonly("kernel", &Evaluator::kernel, py::return_value_policy::copy)
        .def("for_arrays",
             [](const Evaluator& e, std::size_t parameters,
                std::size_t results) -> std::shared_ptr<Launch> {
                 return std::make_shared<ArrayLaunch>(e, parameters, results);
             })
        .def("for_numbers", [](const Evaluator& e, std::size_t results) -> std::shared_ptr<Launch> {
            return std::make_shared<PointLaunch>(e, results);
        });
}

}  // namespace asp::python
