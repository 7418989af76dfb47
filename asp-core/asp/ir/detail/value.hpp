#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asp/ir/expression.hpp"
#include "asp/ir/unit.hpp"

namespace asp::ir::detail {

/// What an expression of the language stands for while it is lowered.
struct Value {
    enum class Kind : std::uint8_t {
        wrong,      ///< has been complained about: everything made of it stays silent
        missing,    ///< a variable that has no value on some path; `reason` tells
        number,     ///< a real expression, or a whole constant
        condition,  ///< a boolean expression
        sequence,   ///< a tuple, list or range: exists while lowering only
        field,      ///< of a grid (lower_grid.hpp), by number
        point,      ///< of a loop over a grid, at an offset
        region,     ///< the points that a loop goes over; number: of its kind, offset: its width
        reduced,    ///< a sum or extreme over a loop's points, by number
    };
    Kind kind = Kind::wrong;
    Expression expression = {};              ///< of a number (unless it is whole) or condition
    std::optional<std::int64_t> whole = {};  ///< of a number that is an int in Python
    Unit unit = {};                          ///< of a number
    std::shared_ptr<const std::vector<Value>> elements = {};  ///< of a sequence
    std::shared_ptr<const std::string> reason = {};           ///< of a missing one
    int depth = 0;                                            ///< of sequences in each other
    std::size_t number = 0;                                   ///< of a field, region or reduction
    std::array<int, 3> offset = {};                           ///< of a point, width of a region

    bool is_wrong() const { return kind == Kind::wrong; }
    bool is_number() const { return kind == Kind::number; }
    bool is_condition() const { return kind == Kind::condition; }
    bool is_sequence() const { return kind == Kind::sequence; }
    bool is_constant() const { return whole || (expression && expression.is_constant()); }
    /// The number as a constant.
    double constant() const { return whole ? static_cast<double>(*whole) : expression.value(); }
    std::size_t size() const { return elements->size(); }
    bool operator==(const Value&) const = default;
};

inline Value number_value(Expression expression, Unit unit) {
    return {Value::Kind::number, expression, {}, unit};
}
inline Value whole_value(std::int64_t whole) {
    // 0 fits every unit
    const Unit unit = whole == 0 ? Unit{} : Unit(Dimension{});
    return {Value::Kind::number, {}, whole, unit};
}
inline Value condition_value(Expression expression) {
    return {Value::Kind::condition, expression};
}
inline Value sequence_value(std::vector<Value> elements) {
    Value value{Value::Kind::sequence};
    for (const Value& element : elements) value.depth = std::max(value.depth, element.depth + 1);
    value.elements = std::make_shared<const std::vector<Value>>(std::move(elements));
    return value;
}
inline Value missing_value(std::string reason) {
    Value value{Value::Kind::missing};
    value.reason = std::make_shared<const std::string>(std::move(reason));
    return value;
}

/// "a number", "a condition", "a list of 3", "a point"
std::string describe(const Value& value);
/// "Pa", "a plain number"
std::string describe(const Unit& unit);
/// Units fit where they are equal or one is unknown.
inline bool fit(const Unit& a, const Unit& b) {
    return !a || !b || *a == *b;
}
inline Unit common(const Unit& a, const Unit& b) {
    return a ? a : b;
}

}  // namespace asp::ir::detail
