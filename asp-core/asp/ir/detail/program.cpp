#include "asp/ir/detail/program.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "asp/base/error.hpp"

namespace asp::ir::detail {
namespace {

std::optional<Inner> as_inner(Op op) {
    switch (op) {
        case Op::add:
            return Inner::add;
        case Op::subtract:
            return Inner::subtract;
        case Op::multiply:
            return Inner::multiply;
        default:
            return {};
    }
}

/// With the inner operation as first operand, or (`second`) as second.
std::optional<Outer> as_outer(Op op, bool second) {
    switch (op) {
        case Op::add:
            return Outer::add;
        case Op::subtract:
            return second ? Outer::subtract_from : Outer::subtract;
        case Op::multiply:
            return Outer::multiply;
        default:
            return {};
    }
}

template <class Real>
class Compiler {
public:
    explicit Compiler(const Function& function) : function_(function) {
        code_.arguments = function.arguments.size();
        code_.results = function.results.size();
        find_order();
        fuse();
    }

    Code<Real> code() {
        place_leaves();
        find_last_uses();
        place_results();
        for (std::size_t i = 0; i < order_.size(); ++i)
            if (needs_instruction(infos_[order_[i].id()], order_[i])) emit(i);
        code_.registers = registers_;
        return std::move(code_);
    }

private:
    struct Info {
        std::uint32_t uses = 0;
        bool part = false;         ///< done by the instruction of what uses it
        std::uint8_t inner = 3;    ///< which operand is part of this one's instruction; 3: none
        std::size_t last_use = 0;  ///< place in the order; 0: no instruction reads it
        std::int32_t result = -1;  ///< that it writes
        Slot slot = 0;
    };

    static bool is_leaf(Expression e) { return operand_count(e.op()) == 0; }
    static bool needs_instruction(const Info& info, Expression e) {
        return !info.part && !is_leaf(e);
    }
    Slot first_register() const { return static_cast<Slot>(code_.first_register()); }

    /// Operands first, each just before what uses it first: few values live at a time.
    void find_order() {
        std::vector<std::pair<Expression, std::size_t>> open;  // and the next operand to visit
        const auto visit = [&](Expression e) {
            const auto [info, is_new] = infos_.try_emplace(e.id());
            ++info->second.uses;
            if (is_new) open.emplace_back(e, 0);
        };
        for (const Result& result : function_.results) {
            visit(result.value);
            while (!open.empty()) {
                auto& [e, next] = open.back();
                if (next < operand_count(e.op())) {
                    visit(e.operand(next++));
                } else {
                    order_.push_back(e);
                    open.pop_back();
                }
            }
        }
    }

    /// A product, sum or difference that has one use, in another one, becomes part of it.
    void fuse() {
        for (auto e = order_.rbegin(); e != order_.rend(); ++e) {
            Info& info = infos_[e->id()];
            if (info.part || !as_outer(e->op(), false)) continue;
            for (const std::uint8_t k : {0, 1}) {
                Info& inner = infos_[e->operand(k).id()];
                if (inner.uses > 1 || !as_inner(e->operand(k).op())) continue;
                inner.part = true;
                info.inner = k;
                break;
            }
        }
    }

    /// What an instruction reads.
    std::array<Expression, 3> operands(Expression e) const {
        std::array<Expression, 3> x{};
        const std::uint8_t k = infos_.at(e.id()).inner;
        if (k < 2) {
            const Expression inner = e.operand(k);
            return {inner.operand(0), inner.operand(1), e.operand(1 - std::size_t{k})};
        }
        for (std::size_t i = 0; i < operand_count(e.op()); ++i) x[i] = e.operand(i);
        return x;
    }

    OpCode code_of_instruction(Expression e) const {
        const std::uint8_t k = infos_.at(e.id()).inner;
        if (k == 3) return code_of(e.op());
        return code_of(*as_outer(e.op(), k == 1), *as_inner(e.operand(k).op()));
    }

    void place_leaves() {
        for (const Expression e : order_) {
            if (!e.is_constant()) continue;
            infos_[e.id()].slot = static_cast<Slot>(code_.constants.size());
            code_.constants.push_back(static_cast<Real>(e.value()));
        }
        for (const Expression e : order_) {
            if (!e.is(Op::argument)) continue;
            ASP_ASSERT(e.index() < code_.arguments);
            infos_[e.id()].slot = static_cast<Slot>(code_.first_argument() + e.index());
        }
    }

    void find_last_uses() {
        for (std::size_t i = 0; i < order_.size(); ++i) {
            if (!needs_instruction(infos_[order_[i].id()], order_[i])) continue;
            for (const Expression x : operands(order_[i]))
                if (x) infos_[x.id()].last_use = i;
        }
    }

    void place_results() {
        for (std::size_t r = 0; r < function_.results.size(); ++r) {
            const Expression e = function_.results[r].value;
            Info& info = infos_[e.id()];
            const auto number = static_cast<std::uint32_t>(r);
            if (e.is_constant())
                code_.copied.push_back({number, Copied::constant, info.slot});
            else if (e.is(Op::argument))
                code_.copied.push_back({number, Copied::argument, e.index()});
            else if (info.result >= 0)
                code_.copied.push_back(
                    {number, Copied::result_of, static_cast<std::uint32_t>(info.result)});
            else
                info.result = static_cast<std::int32_t>(r);
        }
    }

    void emit(std::size_t i) {
        const Expression e = order_[i];
        Info& info = infos_[e.id()];
        const std::array<Expression, 3> x = operands(e);
        const auto reads =
            std::count_if(x.begin(), x.end(), [](Expression o) { return static_cast<bool>(o); });
        Instruction instruction{
            code_of_instruction(e), static_cast<std::uint8_t>(reads), 0, {}, info.result};
        for (std::size_t k = 0; k < 3; ++k)
            instruction.operands[k] = infos_[x[x[k] ? k : 0].id()].slot;
        for (std::size_t k = 0; k < 3; ++k) {  // a loop may write where it reads
            if (!x[k] || is_leaf(x[k])) continue;
            Info& operand = infos_[x[k].id()];
            if (operand.last_use != i) continue;
            free_.push_back(operand.slot);
            operand.last_use = order_.size();  // only once where it stands twice
        }
        if (free_.empty()) free_.push_back(first_register() + static_cast<Slot>(registers_++));
        instruction.out = info.slot = free_.back();
        if (info.last_use > 0) free_.pop_back();  // else it is a result and nothing else
        code_.instructions.push_back(instruction);
    }

    const Function& function_;
    Code<Real> code_;
    std::vector<Expression> order_;
    std::unordered_map<NodeId, Info> infos_;
    std::vector<Slot> free_;
    std::size_t registers_ = 0;
};

}  // namespace

template <class Real>
Code<Real> compile(const Function& function) {
    return Compiler<Real>(function).code();
}
template Code<double> compile<double>(const Function&);
template Code<float> compile<float>(const Function&);

}  // namespace asp::ir::detail
