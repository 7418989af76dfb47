// The type of what a decorator returns: looks at a call's arguments, finds the kernel that was made
// for such, and runs it. By hand, because all of it has to be done in a tenth of a microsecond.
#include <Python.h>
#include <structmember.h>

#define PY_ARRAY_UNIQUE_SYMBOL asp_numpy
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <pybind11/stl.h>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

constexpr std::size_t most = 64;     ///< operands of a call
constexpr std::size_t bindings = 8;  ///< of one function that are kept; the oldest goes first

/// Something outside of the function that a binding hangs on; see asp._lowering.Capture.
struct Capture {
    py::object holder, key, value;  ///< value null: the name is not there

    bool holds() const {
        PyObject* const object = holder.ptr();
        if (PyDict_Check(object)) return PyDict_GetItemWithError(object, key.ptr()) == value.ptr();
        if (PyCell_Check(object)) return PyCell_GET(object) == value.ptr();
        if (!PyFunction_Check(object)) return false;
        const auto* const function = reinterpret_cast<PyFunctionObject*>(object);
        return function->func_code == value.ptr() ||
               (function->func_defaults == nullptr ? Py_None : function->func_defaults) ==
                   value.ptr();
    }
};

struct Slot {
    Operand::Kind kind;
    int dimensions;  ///< -1: any
    bool is_written;
    bool may_be_strided;
};

/// One way of being called that is ready.
struct Binding {
    std::vector<Slot> slots;
    std::vector<Capture> captures;
    std::shared_ptr<const Launch> launch;
    std::shared_ptr<Tally> tally;

    bool fits(std::span<const Operand> operands) const {
        if (operands.size() != slots.size()) return false;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            const Operand& operand = operands[i];
            const Slot& slot = slots[i];
            if (operand.kind != slot.kind) return false;
            if (operand.kind != Operand::Kind::array) continue;
            if (slot.is_written && !operand.is_writeable) return false;
            if (!slot.may_be_strided && !operand.is_contiguous) return false;
            if (slot.dimensions >= 0 && slot.dimensions != operand.dimensions) return false;
        }
        for (const Capture& capture : captures)
            if (!capture.holds()) return false;
        return true;
    }
};

struct State {
    std::vector<py::object> names;     ///< interned: parameters, then "out"
    std::size_t parameters = 0;        ///< `names` without "out"
    std::vector<py::object> defaults;  ///< [parameters] null where there is none
    std::vector<std::shared_ptr<const Binding>> bindings;
};

struct Dispatcher {
    PyObject_HEAD  // NOLINT
        vectorcallfunc vectorcall;
    State* state;
};

Dispatcher* dispatcher(PyObject* self) {
    return reinterpret_cast<Dispatcher*>(self);
}

void look_at_array(PyArrayObject* array, Operand& operand) {
    if (PyArray_TYPE(array) != NPY_DOUBLE || !PyArray_ISBEHAVED_RO(array)) return;
    operand.dimensions = PyArray_NDIM(array);
    operand.shape = PyArray_DIMS(array);
    operand.strides = PyArray_STRIDES(array);
    operand.data = static_cast<double*>(PyArray_DATA(array));
    operand.is_contiguous = PyArray_IS_C_CONTIGUOUS(array);
    operand.is_writeable = PyArray_ISWRITEABLE(array);
    const bool is_dense = operand.dimensions == 0 || operand.is_contiguous ||
                          operand.strides[operand.dimensions - 1] == sizeof(double);
    if (is_dense) operand.kind = Operand::Kind::array;
}

void look_at(PyObject* object, Operand& operand) {
    operand.object = object;
    operand.kind = Operand::Kind::other;
    if (PyArray_CheckExact(object)) {
        look_at_array(reinterpret_cast<PyArrayObject*>(object), operand);
        return;
    }
    if (PyFloat_Check(object)) {
        operand.number = PyFloat_AS_DOUBLE(object);
        operand.kind = Operand::Kind::number;
        return;
    }
    const bool is_number = PyLong_Check(object) || PyArray_IsScalar(object, Integer) ||
                           PyArray_IsScalar(object, Floating) || PyArray_IsScalar(object, Bool);
    if (is_number) {
        operand.number = PyFloat_AsDouble(object);
        if (operand.number != -1.0 || PyErr_Occurred() == nullptr)
            operand.kind = Operand::Kind::number;
        else
            PyErr_Clear();  // a whole number beyond all doubles: the slow path says so
        return;
    }
    if (object == Py_None) operand.kind = Operand::Kind::absent;
}

std::size_t place_of(const State& state, PyObject* keyword) {
    for (std::size_t i = 0; i < state.names.size(); ++i)
        if (state.names[i].ptr() == keyword) return i;
    for (std::size_t i = 0; i < state.names.size(); ++i)
        if (PyUnicode_Compare(state.names[i].ptr(), keyword) == 0) return i;
    return state.names.size();
}

/// A call's operands in order: parameters, then the arrays to write to.
class Operands {
public:
    /// False where the arguments do not fit the parameters at all.
    bool gather(const State& state, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
        const std::size_t parameters = state.parameters;
        std::array<PyObject*, most + 1> objects;
        for (std::size_t i = 0; i <= parameters; ++i) objects[i] = nullptr;
        if (static_cast<std::size_t>(count) > parameters) return false;
        for (Py_ssize_t i = 0; i < count; ++i) objects[static_cast<std::size_t>(i)] = arguments[i];
        const Py_ssize_t keywords = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
        for (Py_ssize_t i = 0; i < keywords; ++i) {
            const std::size_t place = place_of(state, PyTuple_GET_ITEM(names, i));
            if (place == state.names.size() || objects[place] != nullptr) return false;
            objects[place] = arguments[count + i];
        }
        for (std::size_t i = 0; i < parameters; ++i) {
            const bool is_default = objects[i] == nullptr;
            if (is_default) objects[i] = state.defaults[i].ptr();
            if (objects[i] == nullptr) return false;
            look_at(objects[i], operands_[size_]);
            // Other threads may change the defaults while a launch lets them in.
            if (is_default && operands_[size_].kind == Operand::Kind::array)
                kept_.push_back(state.defaults[i]);
            ++size_;
        }
        return gather_written(objects[parameters]);
    }
    std::span<const Operand> all() const { return {operands_.data(), size_}; }

private:
    bool gather_written(PyObject* out) {
        if (out == nullptr || out == Py_None) return true;
        if (!PyTuple_CheckExact(out)) {
            look_at(out, operands_[size_++]);
            return true;
        }
        const Py_ssize_t count = PyTuple_GET_SIZE(out);
        if (size_ + static_cast<std::size_t>(count) > operands_.size()) return false;
        for (Py_ssize_t i = 0; i < count; ++i)
            look_at(PyTuple_GET_ITEM(out, i), operands_[size_++]);
        return true;
    }

    std::array<Operand, 2 * most> operands_;
    std::vector<py::object> kept_;
    std::size_t size_ = 0;
};

PyObject* run_and_count(const Binding& binding, std::span<const Operand> operands) {
    Tally& tally = *binding.tally;
    if (!tally.is_due()) return (*binding.launch)(operands);
    const auto start = std::chrono::steady_clock::now();
    PyObject* const result = (*binding.launch)(operands);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    std::size_t points = 1;
    for (const Operand& operand : operands)
        if (operand.kind == Operand::Kind::array) points = std::max(points, size_of(operand));
    tally.add(passed.count(), static_cast<double>(points));
    return result;
}

/// Runs what was bound for such a call; null without an exception where there is nothing.
PyObject* run_bound(const State& state, std::span<const Operand> operands) {
    for (const auto& binding : state.bindings) {
        if (!binding->fits(operands)) continue;
        // It stays while another thread, let in by the launch, binds something else.
        const std::shared_ptr<const Binding> kept = binding;
        try {
            return run_and_count(*kept, operands);
        } catch (const std::exception& error) {
            PyErr_SetString(PyExc_RuntimeError, error.what());
            return nullptr;
        }
    }
    return nullptr;
}

/// The class's own _prepare(args, kwargs): None once a binding is made, or (result,).
py::object prepare(PyObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
    const auto positional = py::reinterpret_steal<py::tuple>(PyTuple_New(count));
    for (Py_ssize_t i = 0; i < count; ++i)
        positional[static_cast<std::size_t>(i)] = py::handle(arguments[i]);
    py::dict keywords;
    for (Py_ssize_t i = 0; names != nullptr && i < PyTuple_GET_SIZE(names); ++i)
        keywords[PyTuple_GET_ITEM(names, i)] = py::handle(arguments[count + i]);
    return py::handle(self).attr("_prepare")(positional, keywords);
}

PyObject* call_bound(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                     PyObject* names) {
    const State& state = *dispatcher(self)->state;
    Operands operands;
    if (!operands.gather(state, arguments, count, names)) return nullptr;
    return run_bound(state, operands.all());
}

PyObject* call(PyObject* self, PyObject* const* arguments, std::size_t flags, PyObject* names) {
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    // Once more each time that another thread changes what a fresh binding hangs on.
    for (int attempt = 0; attempt < 100; ++attempt) {
        PyObject* const result = call_bound(self, arguments, count, names);
        if (result != nullptr || PyErr_Occurred() != nullptr) return result;
        try {
            const py::object prepared = prepare(self, arguments, count, names);
            if (!prepared.is_none()) return py::object(py::tuple(prepared)[0]).release().ptr();
        } catch (py::error_already_set& error) {
            error.restore();
            return nullptr;
        } catch (const std::exception& error) {
            PyErr_SetString(PyExc_RuntimeError, error.what());
            return nullptr;
        }
    }
    PyErr_SetString(PyExc_RuntimeError,
                    "what this function captures changes faster than it is read");
    return nullptr;
}

PyObject* create(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* const self = type->tp_alloc(type, 0);
    if (self == nullptr) return nullptr;
    dispatcher(self)->vectorcall = call;
    dispatcher(self)->state = new State;
    return self;
}

/// Dispatcher(parameters, defaults): names; one of each parameter, or None.
int initialize(PyObject* self, PyObject* arguments, PyObject*) {
    PyObject *names = nullptr, *defaults = nullptr;
    if (PyArg_ParseTuple(arguments, "O!O!", &PyTuple_Type, &names, &PyTuple_Type, &defaults) == 0)
        return -1;
    if (static_cast<std::size_t>(PyTuple_GET_SIZE(names)) > most ||
        PyTuple_GET_SIZE(names) != PyTuple_GET_SIZE(defaults)) {
        PyErr_Format(PyExc_ValueError, "expected at most %zu parameters, each with its default",
                     most);
        return -1;
    }
    State fresh;
    fresh.parameters = static_cast<std::size_t>(PyTuple_GET_SIZE(names));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        PyObject* const given = PyTuple_GET_ITEM(defaults, i);
        fresh.names.push_back(py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(names, i)));
        fresh.defaults.push_back(given == Py_None ? py::object()
                                                  : py::reinterpret_borrow<py::object>(given));
    }
    fresh.names.push_back(py::reinterpret_steal<py::object>(PyUnicode_InternFromString("out")));
    *dispatcher(self)->state = std::move(fresh);
    return 0;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    const State* const state = dispatcher(self)->state;
    if (state == nullptr) return 0;
    for (const py::object& value : state->defaults) Py_VISIT(value.ptr());
    for (const auto& binding : state->bindings) {
        if (binding.use_count() > 1) continue;  // a call that is under way has it
        for (const Capture& capture : binding->captures) {
            Py_VISIT(capture.holder.ptr());
            Py_VISIT(capture.value.ptr());
        }
        if (binding->launch.use_count() > 1) continue;  // somebody else's, too
        if (const int stop = binding->launch->traverse(visit, arg); stop != 0) return stop;
    }
    return 0;
}

int clear(PyObject* self) {
    if (dispatcher(self)->state != nullptr) {
        const auto dropped = std::move(dispatcher(self)->state->bindings);
        dispatcher(self)->state->bindings.clear();
    }
    return 0;
}

void destroy(PyObject* self) {
    PyTypeObject* const type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    delete std::exchange(dispatcher(self)->state, nullptr);
    type->tp_free(self);
    Py_DECREF(type);
}

Slot slot_of(const py::handle& description) {
    const auto [kind, dimensions, is_written, may_be_strided] =
        description.cast<std::tuple<char, int, bool, bool>>();
    return {static_cast<Operand::Kind>(kind), dimensions, is_written, may_be_strided};
}

/// bind(slots, captures, launch, tally): calls with such operands run it while the captures hold.
PyObject* bind(PyObject* self, PyObject* arguments) {
    PyObject *slots = nullptr, *captures = nullptr, *launch = nullptr, *tally = nullptr;
    if (PyArg_ParseTuple(arguments, "OOOO", &slots, &captures, &launch, &tally) == 0)
        return nullptr;
    try {
        auto binding = std::make_shared<Binding>();
        for (const py::handle slot : py::handle(slots)) binding->slots.push_back(slot_of(slot));
        for (const py::handle capture : py::handle(captures)) {
            const auto parts = capture.cast<py::tuple>();
            const bool is_there = parts[3].cast<bool>();
            binding->captures.push_back(
                {parts[0], parts[1], is_there ? py::object(parts[2]) : py::object()});
        }
        binding->launch = py::cast<std::shared_ptr<Launch>>(py::handle(launch));
        binding->tally = py::cast<std::shared_ptr<Tally>>(py::handle(tally));
        auto& all = dispatcher(self)->state->bindings;
        std::vector<std::shared_ptr<const Binding>> fresh{std::move(binding)};
        for (const auto& other : all)
            if (fresh.size() < bindings) fresh.push_back(other);
        // The old ones go last: what their objects do when they go may come back here.
        all.swap(fresh);
    } catch (py::error_already_set& error) {
        error.restore();
        return nullptr;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_TypeError, error.what());
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* forget(PyObject* self, PyObject*) {
    clear(self);
    Py_RETURN_NONE;
}

/// Classes of Python's have no vectorcall of their own accord; ours do not replace __call__.
PyObject* init_subclass(PyObject* type, PyObject*, PyObject*) {
    reinterpret_cast<PyTypeObject*>(type)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"_bind", bind, METH_VARARGS, "_bind(slots, captures, launch, tally)"},
    {"_forget", forget, METH_NOARGS, "Drops all bindings."},
    {"__init_subclass__",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(init_subclass)),
     METH_CLASS | METH_VARARGS | METH_KEYWORDS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Dispatcher, vectorcall), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

template <class F>
void* slot(F* function) {
    return reinterpret_cast<void*>(function);
}

}  // namespace

void Tally::add(double seconds, double points) {
    const auto calls = static_cast<double>(calls_ - counted_);
    counted_ = calls_;
    Sum& sum = kernel_.rung() == Rung::interpreted ? interpreted_ : native_;
    sum.seconds += calls * seconds;
    sum.points += calls * points;
}

void bind_dispatcher(py::module_& module) {
    if (_import_array() < 0) throw py::error_already_set();
    py::class_<Launch, std::shared_ptr<Launch>>(module, "Launch");
    const auto pair = [](const Tally::Sum& sum) { return std::pair(sum.seconds, sum.points); };
    py::class_<Tally, std::shared_ptr<Tally>>(module, "Tally")
        .def(py::init<Kernel>(), py::arg("kernel"))
        .def_property_readonly("calls", &Tally::calls)
        .def_property_readonly("native", [pair](const Tally& t) { return pair(t.native()); })
        .def_property_readonly("interpreted",
                               [pair](const Tally& t) { return pair(t.interpreted()); });
    PyType_Slot slots[] = {{Py_tp_new, slot(create)},
                           {Py_tp_init, slot(initialize)},
                           {Py_tp_dealloc, slot(destroy)},
                           {Py_tp_traverse, slot(traverse)},
                           {Py_tp_clear, slot(clear)},
                           {Py_tp_call, slot(PyVectorcall_Call)},
                           {Py_tp_methods, methods},
                           {Py_tp_members, members},
                           {0, nullptr}};
    PyType_Spec spec{
        "asp._native.Dispatcher", sizeof(Dispatcher), 0,
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
        slots};
    module.attr("Dispatcher") = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
}

}  // namespace asp::python
