#pragma once
// Arrays that go out to Python.

#include <pybind11/numpy.h>

#include <cstddef>
#include <vector>

namespace asp::python {

/// A new array with the values of a vector, of one dimension or of the given shape.
template <class Number>
pybind11::array_t<Number> to_numpy(const std::vector<Number>& values,
                                   std::vector<pybind11::ssize_t> shape = {}) {
    if (shape.empty()) shape = {static_cast<pybind11::ssize_t>(values.size())};
    return pybind11::array_t<Number>(std::move(shape), values.data());
}

/// The values of a one-dimensional array.
inline std::vector<double> to_vector(const pybind11::array_t<double>& values) {
    return {values.data(), values.data() + values.size()};
}

}  // namespace asp::python
