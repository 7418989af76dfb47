#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/detail/syntax.hpp"
#include "asp/ir/detail/value.hpp"
#include "asp/ir/parse.hpp"

namespace asp::ir::detail {

/// Complaints about one text, each once however often a loop or a call repeats it.
struct Complaints {
    struct One {
        Span span;
        std::string message;
        auto operator<=>(const One& other) const {
            return std::tuple(span.begin, span.end, std::string_view(message)) <=>
                   std::tuple(other.span.begin, other.span.end, std::string_view(other.message));
        }
        bool operator==(const One& other) const { return (*this <=> other) == 0; }
    };
    std::vector<One> in_order;
    std::set<One> known;

    void add(Span span, std::string message);
    bool empty() const { return in_order.empty(); }
};

/// What lowering one text may cost in all.
struct Budget {
    std::size_t steps = 1'000'000;  ///< evaluations of a part of the text, copies of a variable
    static constexpr std::size_t nodes = 100'000;    ///< operations of one function
    static constexpr std::size_t elements = 10'000;  ///< of one range
    static constexpr int depth = 400;                ///< expressions, blocks and calls
    static constexpr std::size_t complaints = 20;
};

/// Ends the lowering of a text that costs too much or is too wrong.
struct Abandoned {
    Span span;
    std::string message;  ///< none if enough was said
};

/// A value that is returned under a condition.
struct Return {
    Expression condition;  ///< none: whatever the arguments
    Value value;
    std::vector<std::string> names;  ///< of the results, where they are variables
    Span span;
};

/// The variables of a function while it runs, and what it has returned so far.
struct Scope {
    std::map<std::string_view, Value> variables;
    /// Names that are assigned to anywhere in the function: they are not looked for outside.
    std::shared_ptr<const std::set<std::string_view>> assigned;
    std::vector<Return> returns;  ///< the first whose condition holds counts

    bool has_returned() const { return !returns.empty() && !returns.back().condition; }
};

struct Call {
    const Tree& tree;
    std::string_view name;
    std::vector<Value> arguments;

    Span span_of(std::size_t argument) const { return tree.children[argument + 1].span; }
};

/// Runs the text on symbolic values: what comes out is a graph of the arithmetic. A class made of
/// it teaches it more kinds of values (lower_grid.hpp).
class Lowering {
public:
    Lowering(const Module& module, const Environment& environment, Complaints& complaints,
             Budget& budget, Graph& graph);
    virtual ~Lowering() = default;
    Lowering(const Lowering&) = delete;
    Lowering& operator=(const Lowering&) = delete;

    /// Results by name. Nothing if there was a complaint.
    std::vector<Result> function(std::size_t index, std::vector<Argument>& arguments);
    std::vector<Result> formula(const Tree& tree, std::vector<Argument>& arguments);

    // What intrinsics (intrinsics.cpp) are made of.
    Graph& graph() { return graph_; }
    Value wrong(Span span, std::string message);
    /// The expression of a number; complains and gives nothing if it is none.
    Expression real(const Value& value, Span span);
    Expression condition(const Value& value, Span span);
    Value binary(std::string_view operation, const Value& a, const Value& b, Span left, Span right);
    Value power(const Value& base, const Value& exponent, Span left, Span right);
    Value negated(const Value& value, Span span);
    Value chosen(Expression condition, const Value& a, const Value& b, Span span);
    /// Whether both are numbers of one unit; complains otherwise. `what`: "compare", ...
    bool same_unit(const Value& a, const Value& b, Span span, std::string_view what);
    void spend(std::size_t steps, Span span);
    /// Nodes that are built from here on belong to this place.
    void mark(Span span) { graph_.set_span(span); }
    /// Functions of the module that were called, directly or not.
    const std::set<std::size_t>& called() const { return called_; }
    /// Calls that the host answers; their results are the last arguments.
    std::vector<OpaqueCall> take_calls(std::vector<Argument>& arguments);

protected:
    // Asked first; nothing or false: the language itself knows what to do.
    virtual std::optional<Value> member(const Tree&) { return {}; }  ///< an attribute
    virtual std::optional<Value> method(const Tree&) { return {}; }  ///< a call of an attribute
    virtual std::optional<Value> element(const Value&, const Value&, const Tree&) { return {}; }
    virtual std::optional<Value> shifted(std::string_view, const Value&, const Value&, Span, Span) {
        return {};
    }
    /// To an element, of a value that stands at the span; without one: whether this could be.
    virtual bool store(const Tree&, const Value*, Span) { return false; }
    virtual bool loop_over(const Value&, const Statement&) { return false; }
    virtual bool refuses_return(const Statement&) { return false; }
    virtual bool refuses_callback(const Call&) { return false; }  ///< of the host, at any depth
    virtual void enter(Scope&) {}  ///< a function that is called gets its variables

    /// Held while a nested construct is lowered.
    class Level {
    public:
        Level(Lowering& lowering, Span span);
        ~Level() { --lowering_.depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Lowering& lowering_;
    };

    // lower_expression.cpp
    Value lower(const Tree& tree);
    Value lower_any(const Tree& tree);
    Value constant(const Tree& tree);
    Value name(const Tree& tree);
    Value attribute(const Tree& tree);
    Value subscript(const Tree& tree);
    Value sign(const Tree& tree);
    Value chain(const Tree& tree);
    Value comparison(const Tree& tree);
    Value compare(std::string_view operation, const Value& a, const Value& b, Span left,
                  Span right);
    Value logical(const Tree& tree);
    Value conditional(const Tree& tree);
    Value comprehension(const Tree& tree);
    Value unknown_name(const Tree& tree);
    bool is_new_unknown(Span span);
    /// What the host has under a name; nothing where it has none.
    std::optional<Value> captured(const std::string& name, Span span);
    /// The language's own spelling of a name with dots.
    std::string without_alias(std::string dotted) const;

    // arithmetic.cpp
    Value whole_arithmetic(std::string_view operation, std::int64_t a, std::int64_t b, Span right);
    Value real_arithmetic(std::string_view operation, const Value& a, const Value& b, Span left,
                          Span right);
    Value floor_division(bool remainder, const Value& a, const Value& b, Span span);
    Value whole_power(std::int64_t base, std::int64_t exponent, Span span);
    bool both_numbers(const Value& a, const Value& b, Span left, Span right);
    void refuse_operator(const Operator& operation);

    // calls.cpp
    Value call(const Tree& tree);
    Value call_definition(std::size_t index, const Tree& tree);
    Value call_function(const Function& function, const Call& call);
    bool bind_function(const Function& function, const Call& call,
                       std::vector<Expression>& arguments);
    Value unknown_function(const Tree& function, std::string_view name);
    std::vector<Value> arguments_of(const Tree& tree);
    bool bind(const Definition& definition, const Tree& tree, std::vector<Value> values,
              Scope& scope);
    bool check_declared(const Definition& definition, const Tree& tree,
                        const std::map<std::string_view, std::size_t>& given, Scope& scope);

    // lower_statement.cpp
    void run(const Block& block);
    void run(const Statement& statement);
    void assign(const Tree& target, const Value& value, Span span);
    void augment(const Statement& statement);
    void loop(const Statement& statement);
    void give_back(const Statement& statement);
    void if_else(const Statement& statement, std::size_t arm);
    template <class Run>
    Scope branch(Span span, Run&& run_it);
    void join(Expression condition, Scope yes, Scope no, Span span);
    void join_returns(Expression condition, std::vector<Return> yes, std::vector<Return> no);
    Value joined(Expression condition, const Value& yes, const Value& no, std::string_view name);
    Return fold(std::vector<Return> returns);

    // lowering.cpp
    void bind_constants();
    std::shared_ptr<const std::set<std::string_view>> names_assigned_in(std::size_t function);
    Value parameter(const Symbol& symbol, Span span, std::vector<Argument>& arguments);
    std::vector<Result> results_of(const Return& returned);

protected:
    const Module& module_;
    const Environment& environment_;
    Complaints& complaints_;
    Budget& budget_;
    Graph& graph_;
    std::map<std::string_view, Value> constants_;  ///< of the module
    /// Names that each function assigns to, once it was called.
    std::map<std::size_t, std::shared_ptr<const std::set<std::string_view>>> assigned_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> unknown_;  ///< spans of unknown names
    Scope* scope_ = nullptr;
    std::vector<std::size_t> running_;  ///< functions of the module, each called by the one before
    std::set<std::size_t> called_;
    std::size_t parameters_ = 0;  ///< of the function that is lowered
    std::vector<OpaqueCall> calls_;
    int depth_ = 0;
};

/// Names that statements assign to.
void collect_assigned(const Block& block, std::set<std::string_view>& names);
/// "a.b.c" of names and dots; empty if there is anything else.
std::string dotted_name(const Tree& tree);
/// The first of several names that a misspelt one is compared with.
constexpr std::size_t most_suggestions = 200, longest_suggestion = 64;
/// "sqrt" of "math.sqrt" and "np.sqrt"; empty without such a module.
std::string without_module(const std::string& dotted);

/// Whether a call by this name is understood by the language itself, and its value.
bool is_intrinsic(std::string_view name);
Value call_intrinsic(Lowering& lowering, const Call& call);
const std::vector<std::string>& intrinsic_names();
/// pi, e, inf, nan
std::optional<double> known_constant(std::string_view name);

}  // namespace asp::ir::detail
