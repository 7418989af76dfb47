#pragma once

#include <Python.h>
#include <unistd.h>

namespace asp::python {

/// Stops this thread for ever: the interpreter is going, and ends with the process. Python ends a
/// thread that asks for the GIL then by unwinding its stack, which C++ destructors do not allow.
[[noreturn]] inline void sleep_until_exit() noexcept {
    for (;;) pause();
}

/// Lets other Python threads go on while it lives.
class WithoutGil {
public:
    WithoutGil() : state_(PyEval_SaveThread()) {}
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;
    ~WithoutGil() {
        try {
            PyEval_RestoreThread(state_);
        } catch (...) {  // it was unwound
            sleep_until_exit();
        }
    }

private:
    PyThreadState* state_;
};

/// Has the GIL while it lives, in a thread of Python's that let go of it.
class WithGil {
public:
    WithGil() : state_(ensured()) {}
    WithGil(const WithGil&) = delete;
    WithGil& operator=(const WithGil&) = delete;
    ~WithGil() { PyGILState_Release(state_); }

private:
    static PyGILState_STATE ensured() noexcept {
        // Once the interpreter is gone there is nothing left to ask; while it goes, asking unwinds.
        if (Py_IsInitialized() == 0) sleep_until_exit();
        try {
            return PyGILState_Ensure();
        } catch (...) {
            sleep_until_exit();
        }
    }

    PyGILState_STATE state_;
};

}  // namespace asp::python
