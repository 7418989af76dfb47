#pragma once

#include <Python.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "asp/specialize/kernel.hpp"
#include "bindings/gil.hpp"

namespace asp::python {

/// What stands in one place of a call: a parameter's value, or an array to write to.
struct Operand {
    enum class Kind : char {
        number = 'n',
        array = 'a',   ///< an ndarray of aligned native doubles, its last stride one element
        absent = '-',  ///< None
        other = '?',
    };

    // Without initializers: room for many stands on the stack of each call.
    PyObject* object;  ///< borrowed
    Kind kind;
    double number;  ///< of a number
    // Of an array.
    bool is_contiguous;  ///< in C's order
    bool is_writeable;
    int dimensions;
    double* data;
    const Py_ssize_t* shape;    ///< [dimensions]
    const Py_ssize_t* strides;  ///< [dimensions] in bytes
};

/// What a bound call does. Called with the GIL; releases it where it takes long.
class Launch {
public:
    virtual ~Launch() = default;
    /// What the call returns, as a new reference; null with a Python exception. Null without one:
    /// these operands do not fit together, and the slow path says why.
    virtual PyObject* operator()(std::span<const Operand> operands) const = 0;
    /// Shows the Python objects that it holds to the collector of cycles, as tp_traverse does.
    virtual int traverse(visitproc, void*) const { return 0; }
};

/// What the calls of one kernel take, from samples: looking at the clock in each one would cost as
/// much as a small call. Changed under the GIL.
class Tally {
public:
    struct Sum {
        double seconds = 0.0, points = 0.0;
    };

    explicit Tally(Kernel kernel) : kernel_(std::move(kernel)) {}

    /// Counts a call, and tells whether it is one to be measured.
    bool is_due() { return ++calls_ <= first || calls_ % period == 0; }
    /// What the call took that was measured; it stands for those since the last one.
    void add(double seconds, double points);

    std::uint64_t calls() const { return calls_; }
    const Sum& native() const { return native_; }
    const Sum& interpreted() const { return interpreted_; }

private:
    static constexpr std::uint64_t first = 16, period = 64;

    Kernel kernel_;
    std::uint64_t calls_ = 0, counted_ = 0;
    Sum native_, interpreted_;
};

/// The doubles of an array, from first to last: [begin, end).
struct MemoryRange {
    const char* begin;
    const char* end;
};
MemoryRange memory_of(const Operand& array);
std::size_t size_of(const Operand& array);
bool same_shape(const Operand& a, const Operand& b);
/// The very same elements in the same order.
bool same_memory(const Operand& a, const Operand& b);
/// Whether any byte belongs to both, as far as begin and end tell.
bool overlap(const Operand& a, const Operand& b);

/// A new array of doubles like another one; null with an exception.
PyObject* new_array_like(const Operand& array);
double* array_data(PyObject* array);

}  // namespace asp::python
