#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asp/ir/detail/lowering.hpp"
#include "asp/ir/grid.hpp"

namespace asp::ir::detail {

/// Runs the text of a grid function. The body of a loop over points is run once, for any point: a
/// field that it writes is a variable there, whose first value is the field's at the point.
///
/// Arguments are numbered as grid.hpp says, with all loads there could be; and behind them, from
/// `first_growing` on, the variables that grow from point to point, as they are before a point.
class GridLowering final : public Lowering {
public:
    GridLowering(const Module& module, const Environment& environment, Complaints& complaints,
                 Budget& budget, const GridSetting& setting, GridFunction& out);

    /// Fills all of the grid function that was given. There was a complaint where it is of no use.
    void grid_function(std::size_t index);

private:
    static constexpr std::size_t first_growing = 1u << 30;

    /// A variable from outside that a loop changes.
    struct Growing {
        std::string_view name;
        Value before;
        Expression during;
    };

    struct Read {
        std::size_t field;
        Span span;
    };

    /// A read that leaves the grid.
    struct Outside {
        int beyond = 0;  ///< points
        Span span;
        std::string message;
    };

    /// The loop over points whose body is being run.
    struct Open {
        Region region;
        Span span;
        std::map<std::size_t, Span> stores;        ///< by field: where it was written last
        std::vector<Read> reads;                   ///< at another point
        std::map<std::uint32_t, Outside> outside;  ///< by place, the farthest of each
        std::vector<Growing> growing;
    };

    // lower_grid.cpp: what fields, points and regions are asked for
    std::optional<Value> member(const Tree& tree) override;
    std::optional<Value> method(const Tree& tree) override;
    std::optional<Value> element(const Value& object, const Value& index,
                                 const Tree& tree) override;
    std::optional<Value> shifted(std::string_view operation, const Value& a, const Value& b,
                                 Span left, Span right) override;
    std::optional<Value> object_of(const Tree& attribute);
    bool is_self(const Tree& tree) const;
    Value no_member(const Value& object, const Tree& tree);
    Value region(const Tree& tree);
    Value neighbors(const Tree& tree);
    Value like(const Tree& tree);
    std::optional<Offset> components(const Value& value, Span span, std::string_view what);
    Value read(std::size_t field, const Offset& offset, Span span);
    bool is_inside(std::size_t field, const Offset& offset, Span span);
    bool is_known(std::size_t field, const Offset& offset, Span span);
    Value load(std::size_t field, const Offset& offset);

    // lower_grid_loop.cpp: loops, stores and what is left of them
    bool store(const Tree& tree, const Value* value, Span span) override;
    bool loop_over(const Value& iterable, const Statement& statement) override;
    bool refuses_return(const Statement& statement) override;
    bool refuses_callback(const Call& call) override;
    void enter(Scope& callee) override;
    bool is_misplaced(const Statement& statement);
    void bind_growing(const std::set<std::string_view>& assigned, std::string_view point);
    void close(const std::set<std::string_view>& assigned, std::string_view point);
    void close_stores(GridLoop& loop);
    Value grown(GridLoop& loop, const Growing& variable, const Value& value);
    void check_reads();
    void check_uses(const GridLoop& loop);
    void check_use(Expression value, Span span);
    void name_temporaries();
    Value at_point(std::size_t field);
    const std::string& variable_of(std::size_t field);

    // grid_function.cpp: the whole
    void bind_parameters(const Definition& definition, std::size_t index);
    void bind_returned(const Definition& definition);
    void keep_needed_loads();

    const GridSetting& setting_;
    GridFunction& out_;
    std::vector<Unit> units_;                   ///< of the fields
    std::vector<std::vector<Region>> written_;  ///< of the fields, by the loops so far
    std::deque<std::string> variables_;         ///< names of the fields' values at a point
    std::optional<Open> open_;
    const Scope* body_ = nullptr;  ///< of the function itself, outside of any branch
    std::vector<std::array<std::size_t, 2>> reduced_;  ///< (loop, reduction) of Value::number
};

/// "interior(1)", "interior((1, 2))", "points()"
std::string text_of(const Region& region, std::size_t dimensions);
/// "2", "(0, 2)"
std::string text_of(const Offset& offset, std::size_t dimensions);
/// "1", "(0, 1)"
std::string example_offset(std::size_t dimensions);

/// What a variable gains at each point, where all it does is to grow.
struct Growth {
    Reduction::Kind kind;
    Expression value;
};
/// `after` as growth of `before`; nothing if it is anything else.
std::optional<Growth> growth(Expression after, Expression before);

/// Whether the points of `region`, moved by `offset`, are all among those of `written`.
bool covers(const std::vector<Region>& written, const Region& region, const Offset& offset);

}  // namespace asp::ir::detail
