// What calls need of NumPy's C API beside looking at arrays.
#define PY_ARRAY_UNIQUE_SYMBOL asp_numpy
#define NO_IMPORT_ARRAY
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#include <algorithm>

#include "bindings/dispatcher.hpp"

namespace asp::python {

MemoryRange memory_of(const Operand& array) {
    const char* begin = reinterpret_cast<const char*>(array.data);
    const char* end = begin + sizeof(double);
    for (int d = 0; d < array.dimensions; ++d) {
        if (array.shape[d] == 0) return {begin, begin};
        const Py_ssize_t way = (array.shape[d] - 1) * array.strides[d];
        (way < 0 ? begin : end) += way;
    }
    return {begin, end};
}

std::size_t size_of(const Operand& array) {
    std::size_t size = 1;
    for (int d = 0; d < array.dimensions; ++d) size *= static_cast<std::size_t>(array.shape[d]);
    return size;
}

bool same_shape(const Operand& a, const Operand& b) {
    return a.dimensions == b.dimensions && std::equal(a.shape, a.shape + a.dimensions, b.shape);
}

bool same_memory(const Operand& a, const Operand& b) {
    if (a.data != b.data || !same_shape(a, b)) return false;
    for (int d = 0; d < a.dimensions; ++d)
        // Of an axis of one point NumPy's stride may be anything.
        if (a.shape[d] > 1 && a.strides[d] != b.strides[d]) return false;
    return true;
}

bool overlap(const Operand& a, const Operand& b) {
    const MemoryRange x = memory_of(a), y = memory_of(b);
    return x.begin < y.end && y.begin < x.end;
}

PyObject* new_array_like(const Operand& array) {
    return PyArray_EMPTY(array.dimensions, array.shape, NPY_DOUBLE, 0);
}

double* array_data(PyObject* array) {
    return static_cast<double*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(array)));
}

}  // namespace asp::python
