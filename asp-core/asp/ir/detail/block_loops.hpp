#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "asp/ir/expression.hpp"

namespace asp::ir::detail {

/// Points that an instruction works on at once: a register of doubles is 4 KiB, so that a dozen
/// stay in the first-level cache.
constexpr std::size_t block_size = 512;

/// What an instruction does: an Op, or two operations of +, -, * in one pass over memory. Both are
/// rounded, as if they stood apart.
using OpCode = std::uint8_t;
enum class Inner : OpCode { add, subtract, multiply };  ///< a . b
enum class Outer : OpCode {
    add,            ///< (a . b) + c
    subtract,       ///< (a . b) - c
    subtract_from,  ///< c - (a . b)
    multiply,       ///< (a . b) * c
};
constexpr OpCode code_of(Op op) {
    return static_cast<OpCode>(op);
}
constexpr OpCode code_of(Outer outer, Inner inner) {
    const unsigned place = 3u * static_cast<unsigned>(outer) + static_cast<unsigned>(inner);
    return static_cast<OpCode>(op_count + place);
}
constexpr std::size_t code_count = op_count + 12;
constexpr bool is_fused(OpCode code) {
    return code >= op_count;
}
constexpr Outer outer_of(OpCode code) {
    return static_cast<Outer>((code - op_count) / 3);
}
constexpr Inner inner_of(OpCode code) {
    return static_cast<Inner>((code - op_count) % 3);
}
constexpr Op operation(Inner inner) {
    return inner == Inner::add ? Op::add : inner == Inner::subtract ? Op::subtract : Op::multiply;
}
constexpr Op operation(Outer outer) {
    return outer == Outer::add ? Op::add : outer == Outer::multiply ? Op::multiply : Op::subtract;
}

/// out[i] = code(a[i], b[i], c[i]) for i < count. An operand may be `out` itself, and must not
/// overlap it otherwise.
template <class Real>
using Loop = void (*)(Real* out, const Real* a, const Real* b, const Real* c, std::size_t count);

/// By code, and by which operands are one number for all points: bit 0 for a, 1 for b, 2 for c.
/// There is none for all operands of a code.
template <class Real>
using Loops = std::array<std::array<Loop<Real>, 7>, code_count>;

/// Compiled for an instruction set. Every set gives the same results to the bit.
struct BlockLoops {
    const char* instruction_set;
    Loops<double> doubles;
    Loops<float> floats;
};
extern const BlockLoops block_loops_v2, block_loops_v3, block_loops_v4;

}  // namespace asp::ir::detail
