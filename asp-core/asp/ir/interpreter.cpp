#include "asp/ir/interpreter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "asp/base/aligned.hpp"
#include "asp/base/error.hpp"
#include "asp/ir/detail/program.hpp"

namespace asp::ir {
namespace {

using detail::block_size;
using detail::Code;
using detail::Copied;
using detail::Instruction;
using detail::OpCode;
using detail::Slot;

const detail::BlockLoops& best_loops() {
    __builtin_cpu_init();
#if defined(__clang__)  // 14 does not know the levels' names; no CPU has these without the rest
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    const bool v3 = __builtin_cpu_supports("x86-64-v3");
    const bool v4 = __builtin_cpu_supports("x86-64-v4");
#endif
    return v4 ? detail::block_loops_v4 : v3 ? detail::block_loops_v3 : detail::block_loops_v2;
}

template <class Real>
const detail::Loops<Real>& loops() {
    static const detail::BlockLoops& best = best_loops();
    if constexpr (sizeof(Real) == sizeof(double))
        return best.doubles;
    else
        return best.floats;
}

/// Operations in double, rounded to float, are those in float: 53 bits are more than twice 24.
template <class Real>
Real apply(Op op, Real a, Real b, Real c) {
    return static_cast<Real>(evaluate(op, double{a}, double{b}, double{c}));
}

template <class Real>
Real apply(OpCode code, Real a, Real b, Real c) {
    if (!detail::is_fused(code)) return apply(static_cast<Op>(code), a, b, c);
    const detail::Outer outer = detail::outer_of(code);
    const Real inner = apply(detail::operation(detail::inner_of(code)), a, b, Real{});
    if (outer == detail::Outer::subtract_from) return apply(Op::subtract, c, inner, Real{});
    return apply(detail::operation(outer), inner, c, Real{});
}

/// Where an instruction finds or leaves the values of a block.
template <class Real>
struct Place {
    Real* base;
    bool uniform = false;    ///< one number for all points
    std::uint32_t step = 0;  ///< 1: moves on with the points; 0: one block after the other
    std::ptrdiff_t row = 0;  ///< how far the next row is

    Real* at(std::size_t point) const { return base + step * point; }
};

template <class Real>
struct Step {
    detail::Loop<Real> loop;
    Place<Real> out;
    std::array<Place<const Real>, 3> operands;
};

/// An argument that is brought into a block of its own before anything is written.
template <class Real>
struct Gather {
    Column<Real> from;
    Real* to;
    std::ptrdiff_t row;
};

/// A result that no instruction writes.
template <class Real>
struct Fill {
    Real* to;
    Place<const Real> from;
    std::ptrdiff_t row;
};

/// What a thread needs for a run. Kept for its next one.
template <class Real>
struct Scratch {
    AlignedVector<Real> values;
    std::vector<Column<Real>> columns;
    std::vector<AlignedVector<Real>> copies;  ///< of arguments that results overlap
    std::vector<Place<const Real>> places;    ///< of the slots, as of the instruction being bound
    std::vector<Step<Real>> steps;
    std::vector<Gather<Real>> gathers;
    std::vector<Fill<Real>> fills;
};

template <class Real>
Scratch<Real>& scratch() {
    thread_local Scratch<Real> scratch;
    return scratch;
}

/// A program bound to its memory: now it is known which operands are the same for all points.
template <class Real>
class Run {
public:
    Run(const Code<Real>& code, std::span<Real* const> results, Scratch<Real>& scratch,
        const typename Program<Real>::Rows& rows)
        : code_(code), results_(results), rows_(rows), s_(scratch) {
        s_.places.resize(code.slots());
        s_.steps.clear();
        s_.steps.reserve(code.instructions.size());
        s_.gathers.clear();
        s_.fills.clear();
        reserve();
        bind_leaves();
        for (const Instruction& instruction : code.instructions) bind(instruction);
        for (const Copied& copied : code.copied) bind(copied);
    }

    void operator()(std::size_t count) const {
        for (std::size_t first = 0; first < count; first += block_size) {
            const std::size_t n = std::min(block_size, count - first);
            for (const Gather<Real>& gather : s_.gathers) {
                const std::ptrdiff_t stride = gather.from.stride;
                const Real* from = gather.from.data + static_cast<std::ptrdiff_t>(first) * stride;
                for (std::size_t i = 0; i < n; ++i)
                    gather.to[i] = from[static_cast<std::ptrdiff_t>(i) * stride];
            }
            for (const Step<Real>& step : s_.steps)
                step.loop(step.out.at(first), step.operands[0].at(first),
                          step.operands[1].at(first), step.operands[2].at(first), n);
            for (const Fill<Real>& fill : s_.fills) {
                if (fill.from.uniform)
                    std::fill_n(fill.to + first, n, *fill.from.base);
                else
                    std::copy_n(fill.from.at(first), n, fill.to + first);
            }
        }
    }

    /// On to the next row.
    void advance() {
        for (Gather<Real>& gather : s_.gathers) gather.from.data += gather.row;
        for (Step<Real>& step : s_.steps) {
            step.out.base += step.out.row;
            for (Place<const Real>& operand : step.operands) operand.base += operand.row;
        }
        for (Fill<Real>& fill : s_.fills) {
            fill.to += fill.row;
            fill.from.base += fill.from.row;
        }
    }

private:
    std::ptrdiff_t argument_row(std::size_t i) const {
        return rows_.argument_steps.empty() ? 0 : rows_.argument_steps[i];
    }
    std::ptrdiff_t result_row(std::size_t i) const {
        return rows_.result_steps.empty() ? 0 : rows_.result_steps[i];
    }

    /// A result that is the same memory as an argument is written while other instructions may
    /// still read the argument.
    bool is_gathered(const Column<Real>& column) const {
        return column.stride != 0 &&
               (column.stride != 1 ||
                std::find(results_.begin(), results_.end(), column.data) != results_.end());
    }

    void reserve() {
        const auto gathered = static_cast<std::size_t>(
            std::count_if(s_.columns.begin(), s_.columns.end(),
                          [&](const Column<Real>& column) { return is_gathered(column); }));
        const std::size_t size =
            (code_.registers + gathered) * block_size + code_.arguments + code_.instructions.size();
        if (s_.values.size() < size) s_.values.resize(size);
        registers_ = s_.values.data();
        free_ = registers_ + code_.registers * block_size;
        numbers_ = free_ + gathered * block_size;
    }

    Place<const Real> number(Real value) {
        *numbers_ = value;
        return {numbers_++, true};
    }

    void bind_leaves() {
        auto place = s_.places.begin();
        for (const Real& constant : code_.constants) *place++ = {&constant, true};
        for (std::size_t i = 0; i < s_.columns.size(); ++i) {
            const Column<Real>& column = s_.columns[i];
            if (column.stride == 0) {
                *place++ = number(*column.data);  // a result may be written over it
            } else if (is_gathered(column)) {
                s_.gathers.push_back({column, free_, argument_row(i)});
                *place++ = {free_};
                free_ += block_size;
            } else {
                *place++ = {column.data, false, 1, argument_row(i)};
            }
        }
    }

    void bind(const Instruction& instruction) {
        const OpCode code = instruction.code;
        Step<Real> step{};
        unsigned mode = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            step.operands[k] = s_.places[instruction.operands[k]];
            if (k < instruction.reads && step.operands[k].uniform) mode |= 1u << k;
        }
        const auto& x = step.operands;
        Place<const Real>& out = s_.places[instruction.out];
        if (mode == (1u << instruction.reads) - 1) {
            out = number(apply(code, *x[0].base, *x[1].base, *x[2].base));
            if (instruction.result >= 0)
                s_.fills.push_back({result(instruction), out, result_row(instruction)});
            return;
        }
        step.loop = loops_[code][mode];
        if (instruction.result >= 0)
            step.out = {result(instruction), false, 1, result_row(instruction)};
        else
            step.out = {registers_ + (instruction.out - code_.first_register()) * block_size};
        out = {step.out.base, false, step.out.step, step.out.row};
        s_.steps.push_back(step);
    }

    void bind(const Copied& copied) {
        Place<const Real> from{};
        if (copied.from == Copied::constant)
            from = {&code_.constants[copied.index], true};
        else if (copied.from == Copied::argument)
            from = s_.places[code_.first_argument() + copied.index];
        else
            from = {results_[copied.index], false, 1, result_row(copied.index)};
        s_.fills.push_back({results_[copied.result], from, result_row(copied.result)});
    }

    std::ptrdiff_t result_row(const Instruction& instruction) const {
        return result_row(static_cast<std::size_t>(instruction.result));
    }
    Real* result(const Instruction& instruction) const {
        return results_[static_cast<std::size_t>(instruction.result)];
    }

    const Code<Real>& code_;
    const detail::Loops<Real>& loops_ = loops<Real>();
    std::span<Real* const> results_;
    const typename Program<Real>::Rows& rows_;
    Scratch<Real>& s_;
    Real *registers_ = nullptr, *free_ = nullptr, *numbers_ = nullptr;
};

/// Whether writing `count` values at `result` changes the argument, other than each value after it
/// was read with its block.
template <class Real>
bool disturbs(const Real* result, const Column<Real>& column, std::size_t count) {
    if (column.stride == 0 || (column.stride == 1 && column.data == result)) return false;
    const std::ptrdiff_t reach = static_cast<std::ptrdiff_t>(count - 1) * column.stride;
    const Real* const low = column.data + std::min<std::ptrdiff_t>(reach, 0);
    const Real* const high = column.data + std::max<std::ptrdiff_t>(reach, 0);
    const std::less<const Real*> before;
    return !before(high, result) && before(low, result + count);
}

/// The arguments as the run reads them: those that it would disturb are copied.
template <class Real>
void take_columns(std::span<const Column<Real>> arguments, std::span<Real* const> results,
                  std::size_t count, Scratch<Real>& s) {
    s.columns.assign(arguments.begin(), arguments.end());
    s.copies.clear();
    for (Column<Real>& column : s.columns) {
        if (std::none_of(results.begin(), results.end(),
                         [&](const Real* result) { return disturbs(result, column, count); }))
            continue;
        AlignedVector<Real>& copy = s.copies.emplace_back(count);
        for (std::size_t i = 0; i < count; ++i)
            copy[i] = column.data[static_cast<std::ptrdiff_t>(i) * column.stride];
        column = {copy.data(), 1};
    }
}

/// All instructions at one point; constants and arguments stand in their slots.
template <class Real>
void run_point(const Code<Real>& code, Real* slots, std::span<Real> results) {
    for (const Instruction& i : code.instructions) {
        const Real value =
            apply(i.code, slots[i.operands[0]], slots[i.operands[1]], slots[i.operands[2]]);
        slots[i.out] = value;
        if (i.result >= 0) results[static_cast<std::size_t>(i.result)] = value;
    }
    for (const Copied& copied : code.copied) {
        const std::size_t first = copied.from == Copied::argument ? code.first_argument() : 0;
        results[copied.result] =
            copied.from == Copied::result_of ? results[copied.index] : slots[first + copied.index];
    }
}

constexpr std::size_t few_points = 8, slots_on_stack = 256;
template <class Real>
using Stack = std::array<Real, slots_on_stack>;

/// Memory for all slots, the constants in theirs.
template <class Real>
Real* point_slots(const Code<Real>& code, Stack<Real>& stack) {
    Real* slots = stack.data();
    if (code.slots() > slots_on_stack) {
        AlignedVector<Real>& values = scratch<Real>().values;
        if (values.size() < code.slots()) values.resize(code.slots());
        slots = values.data();
    }
    std::copy(code.constants.begin(), code.constants.end(), slots);
    return slots;
}

/// Point by point: quicker than to bind a run for a few of them.
template <class Real>
void run_points(const Code<Real>& code, std::span<const Column<Real>> columns,
                std::span<Real* const> results, std::size_t count) {
    Stack<Real> stack, values;
    Real* const slots = point_slots(code, stack);
    Real* const arguments = slots + code.first_argument();
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t a = 0; a < columns.size(); ++a)
            if (i == 0 || columns[a].stride != 0)  // a result may be written over a number for all
                arguments[a] = columns[a].data[static_cast<std::ptrdiff_t>(i) * columns[a].stride];
        run_point(code, slots, std::span(values).first(results.size()));
        for (std::size_t r = 0; r < results.size(); ++r) results[r][i] = values[r];
    }
}

}  // namespace

template <class Real>
Program<Real>::Program(const Function& function)
    : code_(std::make_shared<const Code<Real>>(detail::compile<Real>(function))) {}

template <class Real>
std::size_t Program<Real>::arguments() const {
    return code_->arguments;
}
template <class Real>
std::size_t Program<Real>::results() const {
    return code_->results;
}

template <class Real>
void Program<Real>::run(std::span<const Column<Real>> arguments, std::span<Real* const> results,
                        std::size_t count) const {
    ASP_ASSERT(arguments.size() == code_->arguments && results.size() == code_->results);
    if (count == 0) return;
    Scratch<Real>& s = scratch<Real>();
    take_columns(arguments, results, count, s);
    if (count <= few_points && results.size() <= slots_on_stack)
        return run_points<Real>(*code_, s.columns, results, count);
    Run<Real>(*code_, results, s, {1, {}, {}})(count);
}

template <class Real>
void Program<Real>::run(std::span<const Column<Real>> arguments, std::span<Real* const> results,
                        std::size_t count, const Rows& rows) const {
    ASP_ASSERT(arguments.size() == code_->arguments && results.size() == code_->results);
    ASP_ASSERT(rows.argument_steps.size() == arguments.size() &&
               rows.result_steps.size() == results.size());
    if (count == 0) return;
    Scratch<Real>& s = scratch<Real>();
    s.columns.assign(arguments.begin(), arguments.end());
    Run<Real> run(*code_, results, s, rows);
    for (std::size_t row = 0; row < rows.count; ++row) {
        if (row > 0) run.advance();
        run(count);
    }
}

template <class Real>
void Program<Real>::run_at(std::span<const Real> arguments, std::span<Real> results) const {
    ASP_ASSERT(arguments.size() == code_->arguments && results.size() == code_->results);
    Stack<Real> stack;
    Real* const slots = point_slots(*code_, stack);
    std::copy(arguments.begin(), arguments.end(), slots + code_->first_argument());
    run_point(*code_, slots, results);
}

template class Program<double>;
template class Program<float>;

}  // namespace asp::ir
