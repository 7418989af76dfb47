#pragma once
// How a compiled kernel is called. Freestanding, and fixed: whoever changes it raises the version.

namespace asp {

constexpr int arguments_version = 1;

/// What one call of a kernel works on. What stands where is the kernel template's matter; its
/// header says so. Nothing is owned. The same struct serves host and device memory.
struct Arguments {
    void* const* arrays = nullptr;
    const double* scalars = nullptr;
    const long* sizes = nullptr;
    /// The variant's run-time parameters, by name in alphabetic order. Null: `Kernel` puts its own.
    const long* parameters = nullptr;
};

/// A range function: works on [lo, hi) of its index space and never starts a thread. Disjoint
/// ranges may run at once. 0: fine; else what the template's header says.
using Entry = int (*)(const Arguments& arguments, long lo, long hi);

}  // namespace asp
