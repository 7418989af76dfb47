#pragma once

#include <pybind11/pybind11.h>

#include <chrono>

#include "bindings/gil.hpp"

namespace asp::python {

/// Gives Python its turn now and then during a long call without the GIL: for signals, and for
/// functions of the caller. What they raise is kept, and asks the call to end.
class Attention {
public:
    /// Whether the call is to end. Looks for signals every 50 ms; in between a look at the clock is
    /// all it costs. Python runs signal handlers in its main thread only.
    bool wanted_end() {
        if (error_) return true;
        const auto now = Clock::now();
        if (now < next_) return false;
        next_ = now + period;
        const WithGil gil;
        if (PyErr_CheckSignals() != 0) keep(pybind11::error_already_set());
        return static_cast<bool>(error_);
    }
    /// For what asks whether to go on.
    auto go_on() {
        return [this] { return !wanted_end(); };
    }
    /// Calls a function that uses Python.
    template <class Function>
    void give(Function&& function) {
        if (error_) return;
        const WithGil gil;
        try {
            function();
        } catch (const pybind11::error_already_set& error) {
            keep(error);
        }
    }
    /// What was raised, with its traceback, or None. With the GIL.
    pybind11::object error() const { return error_ ? error_ : pybind11::none(); }
    /// Raises it once more, if there is anything. With the GIL.
    bool raise() const {
        if (error_)
            PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error_.ptr())), error_.ptr());
        return static_cast<bool>(error_);
    }

private:
    using Clock = std::chrono::steady_clock;
    void keep(const pybind11::error_already_set& error) {
        error_ = error.value();
        if (error.trace()) PyException_SetTraceback(error_.ptr(), error.trace().ptr());
    }

    static constexpr auto period = std::chrono::milliseconds(50);

    Clock::time_point next_ = Clock::now() + period;  // short calls do not wait for the GIL
    pybind11::object error_;
};

}  // namespace asp::python
