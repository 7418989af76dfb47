#pragma once
// Included where code for one instruction set is made: no function of the standard library in here.

namespace krylov {

enum class ScalarKind { real64, real32, complex64, complex32 };  ///< by the bits of a part

constexpr bool is_complex(ScalarKind kind) {
    return kind == ScalarKind::complex64 || kind == ScalarKind::complex32;
}
constexpr bool is_single(ScalarKind kind) {
    return kind == ScalarKind::real32 || kind == ScalarKind::complex32;
}

/// Dense blocks of `rows` x `columns`, and how many rows of blocks lie side by side.
struct SliceShape {
    int rows = 1, columns = 1;
    int lanes = 8;

    friend bool operator==(const SliceShape&, const SliceShape&) = default;
};

/// How the values of slices are kept. All forms give back the very same numbers.
enum class ValueForm {
    full,    ///< as they are
    single,  ///< double precision numbers that single precision holds exactly
    coded,   ///< a byte each: which of at most 16
};

/// All that the generated text of a matrix powers kernel depends on.
struct KernelConfig {
    ScalarKind scalar = ScalarKind::real64;
    bool is_sliced = false;              ///< kernels/slices.hpp, else kernels/rows.hpp
    int index_bytes = 4;                 ///< of a column: 4 or 8 in rows, 2 or 4 in slices
    SliceShape shape = {};               ///< of slices
    ValueForm values = ValueForm::full;  ///< of slices; others than full for real64 only
    int vectors = 1;                     ///< 1 to 8
    int terms = 1;         ///< of the recurrence: product_only, two_terms, three_terms
    bool adds_up = false;  ///< also sum += w x_{p+1}
};

}  // namespace krylov
