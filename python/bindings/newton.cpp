#include <pybind11/stl.h>

#include "asp/newton/solver.hpp"

#define PY_ARRAY_UNIQUE_SYMBOL asp_numpy
#define NO_IMPORT_ARRAY
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "asp/base/aligned.hpp"
#include "asp/harts/hart_pool.hpp"
#include "asp/newton/roles.hpp"
#include "bindings/bindings.hpp"
#include "bindings/context.hpp"
#include "bindings/dispatcher.hpp"

namespace py = pybind11;

namespace asp::python {
namespace {

using newton::Solver;

/// What a parameter of a call is to the systems.
struct Place {
    bool is_shared;
    std::size_t rows;  ///< of a vector, else 1
    bool is_vector;
};

/// How to call a solver: the guess, the places, tolerance, most iterations and perhaps `out`.
struct Layout {
    std::vector<Place> places;
    std::size_t unknowns, parameters, shared;  ///< rows
    std::vector<double> typical;
    py::object result_type;  ///< a named tuple of x, status, iterations, residual
};

/// The arrays of a result: new ones, or those of one that is used again.
class ResultArrays {
public:
    static ResultArrays fresh(const Operand& like, npy_intp systems) {
        ResultArrays r;
        r.arrays_ = {new_array_like(like), PyArray_SimpleNew(1, &systems, NPY_INT),
                     PyArray_SimpleNew(1, &systems, NPY_INT),
                     PyArray_SimpleNew(1, &systems, NPY_DOUBLE)};
        return r;
    }
    /// Nothing where they are not such as `fresh` makes.
    static std::optional<ResultArrays> of(PyObject* result, const Operand& like, npy_intp systems) {
        constexpr std::array types{NPY_DOUBLE, NPY_INT, NPY_INT, NPY_DOUBLE};
        ResultArrays r;
        for (std::size_t i = 0; i < types.size(); ++i) {
            PyObject* const item = PyTuple_GET_ITEM(result, static_cast<Py_ssize_t>(i));
            if (!PyArray_CheckExact(item)) return std::nullopt;
            auto* const array = reinterpret_cast<PyArrayObject*>(item);
            if (PyArray_TYPE(array) != types[i] || !PyArray_ISCARRAY(array)) return std::nullopt;
            const bool fits = i == 0 ? PyArray_NDIM(array) == like.dimensions &&
                                           std::equal(like.shape, like.shape + like.dimensions,
                                                      PyArray_DIMS(array))
                                     : PyArray_NDIM(array) == 1 && PyArray_DIM(array, 0) == systems;
            if (!fits) return std::nullopt;
            r.arrays_[i] = Py_NewRef(item);
        }
        return r;
    }
    ResultArrays(ResultArrays&& other) noexcept : arrays_(std::exchange(other.arrays_, {})) {}
    ResultArrays& operator=(ResultArrays&&) = delete;
    ~ResultArrays() {
        for (PyObject* const array : arrays_) Py_XDECREF(array);
    }

    bool complete() const { return std::ranges::find(arrays_, nullptr) == arrays_.end(); }
    template <class T>
    T* data(std::size_t i) const {
        return static_cast<T*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(arrays_[i])));
    }
    MemoryRange memory(std::size_t i) const {
        auto* const array = reinterpret_cast<PyArrayObject*>(arrays_[i]);
        const char* const begin = PyArray_BYTES(array);
        return {begin, begin + PyArray_NBYTES(array)};
    }
    static constexpr std::size_t count = 4;
    /// A new named tuple of them.
    PyObject* as(PyObject* type) const {
        PyObject* const plain = PyTuple_Pack(4, arrays_[0], arrays_[1], arrays_[2], arrays_[3]);
        if (plain == nullptr) return nullptr;
        // tuple.__new__(type, plain): half the time of calling the type.
        PyObject* const arguments = PyTuple_Pack(1, plain);
        PyObject* const result =
            arguments == nullptr
                ? nullptr
                : PyTuple_Type.tp_new(reinterpret_cast<PyTypeObject*>(type), arguments, nullptr);
        Py_XDECREF(arguments);
        Py_DECREF(plain);
        return result;
    }

private:
    ResultArrays() = default;
    std::array<PyObject*, count> arrays_{};
};

class NewtonLaunch final : public Launch {
public:
    NewtonLaunch(std::shared_ptr<const Solver> solver, Layout layout)
        : solver_(std::move(solver)), layout_(std::move(layout)) {}

    PyObject* operator()(std::span<const Operand> operands) const override {
        const Operand& guess = operands[0];
        const std::size_t places = layout_.places.size();
        const auto systems = static_cast<std::size_t>(guess.shape[guess.dimensions - 1]);
        if (size_of(guess) != layout_.unknowns * systems) return nullptr;
        if (guess.dimensions > 1 && static_cast<std::size_t>(guess.shape[0]) != layout_.unknowns)
            return nullptr;
        const auto given = operands.subspan(1, places);
        if (!std::ranges::all_of(layout_.places, [&, i = std::size_t{0}](const Place& p) mutable {
                return fits(given[i++], p, systems);
            }))
            return nullptr;
        const Operand *const tolerance = &operands[places + 1], *const most = tolerance + 1;
        if (!(tolerance->number > 0.0)) return nullptr;
        if (!(most->number >= 1.0 && most->number < 1e9 &&
              std::floor(most->number) == most->number))
            return nullptr;
        PyObject* const out = operands.size() > places + 3 ? operands[places + 3].object : nullptr;
        if (out != nullptr && Py_TYPE(out) != type()) return nullptr;
        auto arrays = out == nullptr ? ResultArrays::fresh(guess, static_cast<npy_intp>(systems))
                                     : ResultArrays::of(out, guess, static_cast<npy_intp>(systems));
        if (!arrays || (out != nullptr && overlaps(*arrays, guess, given))) return nullptr;
        if (!arrays->complete()) return nullptr;  // with a MemoryError
        auto* const x = arrays->data<double>(0);
        if (x != guess.data) std::copy_n(guess.data, layout_.unknowns * systems, x);
        solve(*arrays, given, systems, tolerance->number, most->number);
        return out == nullptr ? arrays->as(layout_.result_type.ptr()) : Py_NewRef(out);
    }

private:
    PyTypeObject* type() const {
        return reinterpret_cast<PyTypeObject*>(layout_.result_type.ptr());
    }
    static bool fits(const Operand& operand, const Place& place, std::size_t systems) {
        if (operand.kind == Operand::Kind::number) return !place.is_vector;
        if (place.is_shared)
            return place.is_vector && operand.dimensions == 1 && size_of(operand) == place.rows;
        if (!place.is_vector) return operand.dimensions == 1 && size_of(operand) == systems;
        return operand.dimensions == 2 &&
               static_cast<std::size_t>(operand.shape[0]) == place.rows &&
               static_cast<std::size_t>(operand.shape[1]) == systems;
    }
    /// Whether a result would be written over another one, or over what is still to be read.
    static bool overlaps(const ResultArrays& arrays, const Operand& guess,
                         std::span<const Operand> given) {
        const auto meet = [](const MemoryRange& a, const MemoryRange& b) {
            return a.begin < b.end && b.begin < a.end;
        };
        for (std::size_t i = 0; i < ResultArrays::count; ++i) {
            const MemoryRange written = arrays.memory(i);
            for (std::size_t j = 0; j < i; ++j)
                if (meet(written, arrays.memory(j))) return true;
            const bool is_guess = i == 0 && arrays.data<double>(0) == guess.data;
            if (!is_guess && meet(written, memory_of(guess))) return true;
            for (const Operand& one : given)
                if (one.kind == Operand::Kind::array && meet(written, memory_of(one))) return true;
        }
        return false;
    }

    void solve(const ResultArrays& arrays, std::span<const Operand> given, std::size_t systems,
               double tolerance, double most_iterations) const {
        thread_local AlignedVector<double> gathered;
        thread_local std::vector<double> shared;
        thread_local newton::Options options;
        const double* const rows = parameters(given, systems, gathered);
        gather_shared(given, shared);
        options.tolerance = tolerance;
        options.most_iterations = static_cast<long>(most_iterations);
        options.typical = layout_.typical;
        const View<double, 2> unknowns(arrays.data<double>(0), {layout_.unknowns, systems});
        const View<const double, 2> fixed(rows, {layout_.parameters, systems});
        const newton::Ending ending{
            {reinterpret_cast<newton::Status*>(arrays.data<int>(1)), systems},
            {arrays.data<int>(2), systems},
            {arrays.data<double>(3), systems}};
        constexpr std::size_t many = 2048;  // some 100 us; letting others in costs less than 1
        if (systems < many)
            return solver_->solve(unknowns, fixed, shared, options, ending, nullptr);
        const WithoutGil others;
        const Lease lease = HartPool::process().request();
        const Team team(lease);
        solver_->solve(unknowns, fixed, shared, options, ending, &team);
    }

    /// [parameters, systems]: the caller's own memory where one array is all there is.
    const double* parameters(std::span<const Operand> given, std::size_t systems,
                             AlignedVector<double>& gathered) const {
        double* to = nullptr;
        for (std::size_t i = 0; i < given.size(); ++i) {
            const Place& place = layout_.places[i];
            if (place.is_shared) continue;
            const bool is_array = given[i].kind == Operand::Kind::array;
            if (is_array && place.rows == layout_.parameters) return given[i].data;
            if (to == nullptr) {
                gathered.resize(layout_.parameters * systems);
                to = gathered.data();
            }
            if (is_array)
                std::copy_n(given[i].data, place.rows * systems, to);
            else
                std::fill_n(to, systems, given[i].number);
            to += place.rows * systems;
        }
        return gathered.data();
    }
    void gather_shared(std::span<const Operand> given, std::vector<double>& shared) const {
        shared.clear();
        for (std::size_t i = 0; i < given.size(); ++i) {
            const Operand& o = given[i];
            if (!layout_.places[i].is_shared) continue;
            if (o.kind == Operand::Kind::array)
                shared.insert(shared.end(), o.data, o.data + layout_.places[i].rows);
            else
                shared.push_back(o.number);
        }
    }

    std::shared_ptr<const Solver> solver_;
    Layout layout_;
};

std::shared_ptr<Solver> make_solver(const ir::Function& function,
                                    const std::vector<std::string>& unknowns,
                                    const std::vector<std::string>& shared,
                                    const std::map<std::string, std::array<double, 2>>& bounds,
                                    const std::string& mode, long extent) {
    const WithoutGil others;
    newton::Roles roles{unknowns, shared, {}};
    for (const auto& [name, range] : bounds) roles.bounds[name] = {range[0], range[1]};
    return std::make_shared<Solver>(newton::problem_of(function, roles), context_of(mode, extent));
}

std::shared_ptr<Launch> make_launch(const std::shared_ptr<Solver>& solver,
                                    const std::vector<std::tuple<bool, std::size_t>>& places,
                                    std::size_t unknowns, std::vector<double> typical,
                                    py::object result_type) {
    Layout layout{{}, unknowns, 0, 0, std::move(typical), std::move(result_type)};
    for (const auto& [is_shared, size] : places) {
        const std::size_t rows = std::max<std::size_t>(size, 1);
        layout.places.push_back({is_shared, rows, size > 0});
        (is_shared ? layout.shared : layout.parameters) += rows;
    }
    return std::make_shared<NewtonLaunch>(solver, std::move(layout));
}

}  // namespace

void bind_newton(py::module_& module) {
    py::class_<Solver, std::shared_ptr<Solver>>(module, "NewtonSolver")
        .def(py::init(&make_solver), py::arg("function"), py::arg("unknowns"), py::arg("shared"),
             py::arg("bounds"), py::arg("mode"), py::arg("extent"))
        .def_property_readonly("kernel", &Solver::kernel, py::return_value_policy::copy)
        .def("launch", &make_launch, py::arg("places"), py::arg("unknowns"), py::arg("typical"),
             py::arg("result_type"));
}

}  // namespace asp::python
