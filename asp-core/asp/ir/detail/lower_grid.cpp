#include "asp/ir/detail/lower_grid.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "asp/base/text.hpp"
#include "asp/ir/detail/characters.hpp"

namespace asp::ir::detail {
namespace {

using Kind = Value::Kind;

constexpr std::array<std::string_view, 6> members{"border",    "interior", "like",
                                                  "neighbors", "points",   "shape"};
constexpr std::int64_t farthest = 10'000;  ///< offset and width: beyond, it is a mistake

Value point_value(const Offset& offset) {
    Value result{Kind::point};
    result.offset = offset;
    return result;
}

bool is_zero(const Offset& offset) {
    return offset == Offset{};
}

}  // namespace

std::string text_of(const Offset& offset, std::size_t dimensions) {
    if (dimensions == 1) return std::to_string(offset[0]);
    std::string text = "(";
    for (std::size_t d = 0; d < dimensions; ++d)
        text += (d == 0 ? "" : ", ") + std::to_string(offset[d]);
    return text + ")";
}

std::string example_offset(std::size_t dimensions) {
    Offset one{};
    one[dimensions - 1] = 1;
    return text_of(one, dimensions);
}

std::string text_of(const Region& region, std::size_t dimensions) {
    if (region.kind == Region::Kind::points) return "points()";
    const Offset& width = region.width;
    bool same = true;
    for (std::size_t d = 1; d < dimensions; ++d) same = same && width[d] == width[0];
    return (region.kind == Region::Kind::interior ? "interior(" : "border(") +
           (same ? std::to_string(width[0]) : text_of(width, dimensions)) + ")";
}

bool GridLowering::is_self(const Tree& tree) const {
    return tree.kind == Syntax::name && !running_.empty() &&
           !module_.functions[running_.back()].self.empty() &&
           tree.text == module_.functions[running_.back()].self;
}

/// What an attribute is asked of, where that is of a grid. Modules and captured objects are left
/// to the language.
std::optional<Value> GridLowering::object_of(const Tree& attribute) {
    const Tree& object = attribute.children[0];
    if (!dotted_name(object).empty() &&
        !(object.kind == Syntax::name && scope_->variables.contains(object.text)))
        return {};
    const Value value = lower(object);
    return value.kind >= Kind::field || value.is_wrong() ? std::optional(value) : std::nullopt;
}

Value GridLowering::no_member(const Value& object, const Tree& tree) {
    if (!is_new_unknown(tree.span)) return {};
    const std::string what = describe(object) + (object.kind == Kind::region ? " have" : " has");
    if (object.kind != Kind::field)
        return wrong(tree.span, what + " no " + quoted(tree.text) +
                                    (object.kind == Kind::point ? "; its indices are p[0], p[1], "
                                                                  "..., its neighbors "
                                                                  "u.neighbors(p) of a field u"
                                                                : ""));
    const std::vector<std::string> names(members.begin(), members.end());
    std::string message = what + " no " + quoted(tree.text);
    const auto nearest =
        tree.text.size() <= longest_suggestion ? nearest_name(tree.text, names) : std::nullopt;
    message += nearest ? "; did you mean '" + *nearest + "'?"
                       : "; it has points, interior, border, neighbors, shape and like";
    return wrong(tree.span, message);
}

std::optional<Value> GridLowering::member(const Tree& tree) {
    if (is_self(tree.children[0])) {
        const auto constant = constants_.find(tree.text);
        return constant == constants_.end() ? std::nullopt : std::optional(constant->second);
    }
    const std::optional<Value> object = object_of(tree);
    if (!object) return {};
    if (object->is_wrong()) return Value{};
    if (object->kind != Kind::field ||
        std::find(members.begin(), members.end(), tree.text) == members.end())
        return no_member(*object, tree);
    if (tree.text != "shape")
        return wrong(tree.span, quoted(tree.text) + " is a function of a field; call it: " +
                                    std::string(tree.text) + "(...)");
    std::vector<Value> sizes;
    for (std::size_t d = 0; d < setting_.dimensions; ++d)
        sizes.push_back(number_value(graph_.argument(out_.first_shape() + d), Dimension{}));
    return sequence_value(std::move(sizes));
}

std::optional<Value> GridLowering::method(const Tree& tree) {
    const Tree& function = tree.children[0];
    if (is_self(function.children[0])) {
        const auto own = module_.by_name.find(function.text);
        return own == module_.by_name.end() ? std::nullopt
                                            : std::optional(call_definition(own->second, tree));
    }
    const std::optional<Value> object = object_of(function);
    if (!object) return {};
    if (object->is_wrong()) return Value{};
    const std::string_view name = function.text;
    if (object->kind != Kind::field || name == "shape" ||
        std::find(members.begin(), members.end(), name) == members.end())
        return name == "shape" && object->kind == Kind::field
                   ? wrong(function.span, "'shape' is no function: shape[0], shape[1], ...")
                   : no_member(*object, function);
    for (const Operator& keyword : tree.operators)
        if (!keyword.text.empty())
            return wrong(keyword.span, quoted(name) + " takes no arguments by keyword");
    if (name == "neighbors") return neighbors(tree);
    if (name == "like") return like(tree);
    return region(tree);
}

/// One whole constant for each dimension.
std::optional<Offset> GridLowering::components(const Value& value, Span span,
                                               std::string_view what) {
    const std::size_t dimensions = setting_.dimensions;
    const std::vector<Value> one{value};
    const std::vector<Value>& parts = value.is_sequence() ? *value.elements : one;
    if (value.is_wrong()) return {};
    if (parts.size() != dimensions) {
        wrong(span, std::string(what) + " has " + std::to_string(dimensions) +
                        (dimensions == 1 ? " component" : " components") +
                        " here, one for each dimension of the grid, not " +
                        std::to_string(parts.size()) + ": " + example_offset(dimensions));
        return {};
    }
    Offset result{};
    for (std::size_t d = 0; d < dimensions; ++d) {
        if (parts[d].is_wrong()) return {};
        if (!parts[d].whole || std::abs(*parts[d].whole) > farthest) {
            wrong(span, std::string(what) + " is made of whole constants" +
                            (parts[d].whole ? " up to " + std::to_string(farthest)
                                            : ", not of " + describe(parts[d])));
            return {};
        }
        result[d] = static_cast<int>(*parts[d].whole);
    }
    return result;
}

/// g.points(), g.interior(w), g.border(w)
Value GridLowering::region(const Tree& tree) {
    const std::string_view name = tree.children[0].text;
    const std::vector<Value> arguments = arguments_of(tree);
    const std::size_t most = name == "points" ? 0 : 1;
    if (arguments.size() > most)
        return wrong(tree.span, quoted(name) + " takes " +
                                    (most == 0 ? "no argument" : "a width at most") + ", not " +
                                    std::to_string(arguments.size()));
    Value result{Kind::region};
    result.number = static_cast<std::size_t>(Region::Kind::points);
    if (name == "points") return result;
    for (std::size_t d = 0; d < setting_.dimensions; ++d) result.offset[d] = 1;
    if (!arguments.empty()) {
        const Span span = tree.children[1].span;
        const Value& width = arguments[0];
        const std::vector<Value> same(setting_.dimensions, width);
        const auto parts =
            components(width.is_number() ? sequence_value(same) : width, span, "a width");
        if (!parts) return {};
        if (*std::min_element(parts->begin(), parts->end()) < 0)
            return wrong(span, "a width must not be negative");
        result.offset = *parts;
    }
    const bool interior = name == "interior";
    if (is_zero(result.offset) && !interior)
        return wrong(tree.span, "a border of width 0 has no points");
    if (!is_zero(result.offset))
        result.number =
            static_cast<std::size_t>(interior ? Region::Kind::interior : Region::Kind::border);
    return result;
}

/// g.neighbors(p), g.neighbors(p, r)
Value GridLowering::neighbors(const Tree& tree) {
    const std::vector<Value> arguments = arguments_of(tree);
    if (arguments.empty() || arguments.size() > 2)
        return wrong(tree.span, "'neighbors' takes a point and perhaps a distance, not " +
                                    std::to_string(arguments.size()) + " arguments");
    if (arguments[0].is_wrong() || arguments.back().is_wrong()) return {};
    if (arguments[0].kind != Kind::point)
        return wrong(tree.children[1].span,
                     "'neighbors' takes a point of a loop, not " + describe(arguments[0]));
    const std::optional<std::int64_t> distance =
        arguments.size() == 1 ? std::optional<std::int64_t>(1) : arguments[1].whole;
    if (!distance || *distance < 1)
        return wrong(tree.children[2].span,
                     "a distance is a whole constant, 1 or more" +
                         (distance ? std::string() : ", not " + describe(arguments[1])));
    const int r = static_cast<int>(std::min<std::int64_t>(*distance, farthest));
    const int r1 = setting_.dimensions > 1 ? r : 0, r2 = setting_.dimensions > 2 ? r : 0;
    std::vector<Value> points;
    for (int i = -r; i <= r; ++i) {
        for (int j = -std::min(r1, r - std::abs(i)); j <= std::min(r1, r - std::abs(i)); ++j) {
            const int rest = std::min(r2, r - std::abs(i) - std::abs(j));
            for (int k = -rest; k <= rest; ++k) {
                if (i == 0 && j == 0 && k == 0) continue;
                if (points.size() == Budget::elements)
                    return wrong(tree.span, "these are more than " +
                                                std::to_string(Budget::elements) + " neighbors");
                const Offset& from = arguments[0].offset;
                points.push_back(point_value({from[0] + i, from[1] + j, from[2] + k}));
            }
        }
    }
    spend(points.size(), tree.span);
    return sequence_value(std::move(points));
}

/// g.like(): its name is that of the variable, which is not known yet.
Value GridLowering::like(const Tree& tree) {
    if (tree.children.size() > 1)
        return wrong(tree.span, "'like' takes no arguments: the new field has the same shape");
    if (scope_ != body_ || open_)
        return wrong(tree.span,
                     "a field is made at the beginning of the grid function, outside of loops and "
                     "branches");
    Value result{Kind::field};
    result.number = out_.fields.size();
    out_.fields.push_back({"", Field::Role::temporary});
    units_.emplace_back();
    written_.emplace_back();
    return result;
}

std::optional<Value> GridLowering::element(const Value& object, const Value& index,
                                           const Tree& tree) {
    const Span inside = tree.children[1].span;
    if (object.kind == Kind::point) {
        const auto dimensions = static_cast<std::int64_t>(setting_.dimensions);
        if (!index.whole || *index.whole < -dimensions || *index.whole >= dimensions)
            return wrong(inside, "a point has " + std::to_string(dimensions) +
                                     (dimensions == 1 ? " index" : " indices") +
                                     " here, by whole constants from 0");
        const auto d = static_cast<std::size_t>((*index.whole + dimensions) % dimensions);
        mark(tree.span);
        const Expression here = graph_.argument(out_.first_index() + d);
        return number_value(object.offset[d] == 0 ? here : here + object.offset[d], Dimension{});
    }
    if (object.kind != Kind::field) return {};
    if (index.kind != Kind::point)
        return wrong(inside, "a field is read and written at a point of a loop, such as p or p + " +
                                 example_offset(setting_.dimensions) + ", not at " +
                                 describe(index));
    return read(object.number, index.offset, tree.span);
}

/// p + (0, 1), (0, 1) + p, p - (0, 1); in one dimension p + 1, too.
std::optional<Value> GridLowering::shifted(std::string_view operation, const Value& a,
                                           const Value& b, Span left, Span right) {
    const bool first = a.kind == Kind::point, second = b.kind == Kind::point;
    if (!first && !second) return {};
    if (a.is_wrong() || b.is_wrong()) return Value{};
    if ((first && second) || (operation != "+" && (operation != "-" || second)))
        return wrong(second ? right : left,
                     "this is a point; an offset is added to it or subtracted: p + " +
                         example_offset(setting_.dimensions));
    const auto by = components(first ? b : a, first ? right : left, "an offset");
    if (!by) return Value{};
    Value result = first ? a : b;
    for (std::size_t d = 0; d < 3; ++d) {
        result.offset[d] += operation == "-" ? -(*by)[d] : (*by)[d];
        if (std::abs(result.offset[d]) > farthest)
            return wrong(right,
                         "an offset is made of whole constants up to " + std::to_string(farthest));
    }
    return result;
}

Value GridLowering::read(std::size_t field, const Offset& offset, Span span) {
    if (!open_) return wrong(span, "a field is read in a loop over points");
    if (is_zero(offset)) return scope_->variables.at(variable_of(field));
    open_->reads.push_back({field, span});
    if (!is_inside(field, offset, span) || !is_known(field, offset, span)) return {};
    mark(span);
    return load(field, offset);
}

/// Where nothing is said of the edge, nothing beyond it is read.
bool GridLowering::is_inside(std::size_t field, const Offset& offset, Span span) {
    if (setting_.edge != Edge::none) return true;
    Region needed = open_->region;
    const bool border = needed.kind == Region::Kind::border;
    bool same = true;  // widths in all dimensions: then they stay so
    int beyond = 0, widest = 0;
    for (std::size_t d = 0; d < setting_.dimensions; ++d) {
        const int reach = std::abs(offset[d]);
        beyond = std::max(beyond, border ? reach : reach - needed.width[d]);
        needed.width[d] = std::max(needed.width[d], reach);
        widest = std::max(widest, needed.width[d]);
        same = same && open_->region.width[d] == open_->region.width[0];
    }
    if (same) needed.width.fill(widest);
    if (beyond <= 0) return true;
    needed.kind = Region::Kind::interior;
    const std::string& name = out_.fields[field].name;
    const std::string loop =
        border ? "" : "loop over " + name + "." + text_of(needed, setting_.dimensions) + ", or ";
    Outside& outside = open_->outside[span.begin];
    if (beyond > outside.beyond)
        outside = {beyond, span,
                   quoted(name) + " is read " + std::to_string(beyond) +
                       (beyond == 1 ? " point" : " points") + " outside of the grid; " + loop +
                       "say what is there: a boundary that is periodic, neumann or dirichlet"};
    return false;
}

/// A temporary has values only where they were written.
bool GridLowering::is_known(std::size_t field, const Offset& offset, Span span) {
    const Field& one = out_.fields[field];
    if (one.role != Field::Role::temporary) return true;
    if (covers(written_[field], open_->region, offset)) return true;
    std::string where;
    for (const Region& region : written_[field])
        where += (where.empty() ? "" : " and ") + text_of(region, setting_.dimensions);
    if (where.empty())
        wrong(span, quoted(one.name) + " is read before it is written");
    else
        wrong(span, quoted(one.name) + " is written in " + where +
                        " only, and read outside of it here, at offset " +
                        text_of(offset, setting_.dimensions) + " from " +
                        text_of(open_->region, setting_.dimensions));
    return false;
}

Value GridLowering::load(std::size_t field, const Offset& offset) {
    const Load wanted{field, offset};
    const auto found = std::find(out_.loads.begin(), out_.loads.end(), wanted);
    const auto place = static_cast<std::size_t>(found - out_.loads.begin());
    if (found == out_.loads.end()) out_.loads.push_back(wanted);
    return number_value(graph_.argument(out_.first_load() + place), units_[field]);
}

}  // namespace asp::ir::detail
