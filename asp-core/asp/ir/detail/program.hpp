#pragma once

#include <cstdint>
#include <vector>

#include "asp/ir/detail/block_loops.hpp"
#include "asp/ir/function.hpp"

namespace asp::ir::detail {

/// Where a value stands: first the constants, then the arguments, then the registers.
using Slot = std::uint32_t;

struct Instruction {
    OpCode code;
    std::uint8_t reads;            ///< number of operands
    Slot out;                      ///< a register
    std::array<Slot, 3> operands;  ///< unused ones repeat the first
    /// It computes this result, and writes it in place; none: -1.
    std::int32_t result;
};

/// What a result is, where no instruction writes it in place.
struct Copied {
    std::uint32_t result;
    enum { constant, argument, result_of } from;
    std::uint32_t index;  ///< of the constant, the argument or the other result
};

template <class Real>
struct Code {
    std::vector<Real> constants;
    std::size_t arguments = 0, registers = 0, results = 0;
    std::vector<Instruction> instructions;
    std::vector<Copied> copied;

    std::size_t first_argument() const { return constants.size(); }
    std::size_t first_register() const { return constants.size() + arguments; }
    std::size_t slots() const { return first_register() + registers; }
};

/// A program with few instructions (a product or sum and what uses it alone become one) and few
/// registers (each is free again after its last use).
template <class Real>
Code<Real> compile(const Function& function);

extern template Code<double> compile<double>(const Function&);
extern template Code<float> compile<float>(const Function&);

}  // namespace asp::ir::detail
