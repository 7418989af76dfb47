#include "asp/config/node.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/config/detail/tree.hpp"

namespace asp::config {

using detail::Kind;
using detail::Tree;
using detail::Value;

namespace {

/// The value as a message shows it: on one line, short, without control characters.
std::string shown(const Value& value) {
    constexpr std::size_t longest = 60;
    std::string text = value.scalar;
    if (text.size() > longest) {
        std::size_t end = longest;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // whole UTF-8
        text = text.substr(0, end) + "...";
    }
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    return value.quoted ? '"' + text + '"' : text;
}

/// std::from_chars takes no plus sign; numbers written by people have one at times.
std::string_view without_plus(std::string_view text) {
    const bool signed_twice = text.starts_with("+-") || text.starts_with("++");
    return text.starts_with('+') && !signed_twice ? text.substr(1) : text;
}

template <class Number>
std::errc parse_whole(const Value& value, Number& number) {
    const std::string_view text = without_plus(value.scalar);
    const char* const end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    return value.quoted || rest != end ? std::errc::invalid_argument : problem;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), text) != names.end();
}

/// The number at `node`, when it is one and `holds` for it; else complains that it should be
/// `expected`.
template <class Holds>
std::optional<double> number_that(const Node& node, const Value& value, const std::string& expected,
                                  Holds holds) {
    double number = 0.0;
    const std::errc problem =
        value.kind == Kind::scalar ? parse_whole(value, number) : std::errc::invalid_argument;
    // ".inf" and ".nan" are how YAML spells them.
    const bool infinite = problem == std::errc{}
                              ? !std::isfinite(number)
                              : value.kind == Kind::scalar && !value.quoted &&
                                    is_one_of(value.scalar, {".inf", "-.inf", "+.inf", ".nan",
                                                             ".Inf", "-.Inf", "+.Inf", ".NaN"});
    if (infinite) {
        node.error("expected a finite number");
    } else if (problem == std::errc::result_out_of_range) {
        node.error("expected a number of size 0 or 1e-307 to 1e308");
    } else if (problem != std::errc{} || !holds(number)) {
        node.error("expected " + expected);
    } else {
        return number;
    }
    return std::nullopt;
}

std::string listed(std::initializer_list<std::string_view> names) {
    std::string list;
    for (const std::string_view name : names)
        list.append(list.empty() ? "'" : ", '").append(name).append("'");
    return list;
}

void reject_unknown_below(Tree& tree, Value& value) {
    if (value.excused || value.meaning_unknown) return;
    for (Value* child : value.children) {
        const bool known =
            value.kind != Kind::map ||
            std::find(value.asked.begin(), value.asked.end(), child->key) != value.asked.end();
        if (known) {
            // A map that nobody looked into is one that the program takes whole.
            const bool read = child->kind == Kind::sequence || !child->asked.empty();
            if (read) reject_unknown_below(tree, *child);
        } else if (!std::exchange(child->reported_unknown, true)) {
            const auto meant = nearest_name(child->key, value.asked);
            tree.complain(*child,
                          "unknown key" + (meant ? "; did you mean '" + *meant + "'?" : ""));
        }
    }
}

}  // namespace

Node::Node(std::shared_ptr<Tree> tree, Value* value) : tree_(std::move(tree)), value_(value) {}

bool Node::exists() const {
    return value_->kind != Kind::missing;
}
bool Node::is_map() const {
    return value_->kind == Kind::map;
}
bool Node::is_sequence() const {
    return value_->kind == Kind::sequence;
}
bool Node::is_scalar() const {
    return value_->kind == Kind::scalar;
}
std::string Node::path() const {
    return path_of(*value_);
}
std::string Node::where() const {
    return tree_->where(*value_);
}
std::string Node::key() const {
    return value_->key;
}
Diagnostics& Node::diagnostics() const {
    return *tree_->diagnostics;
}
std::size_t Node::size() const {
    return value_->children.size();
}

Node Node::operator[](std::size_t i) const {
    ASP_ASSERT(i < size());
    Value* const child = value_->children[i];
    if (is_map()) value_->ask(child->key);
    return at(child);
}

std::vector<Node> Node::children() const {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < size(); ++i) nodes.push_back((*this)[i]);
    return nodes;
}

Node Node::child(std::string_view key) const {
    if ((is_scalar() || is_sequence()) && !value_->excused) as_map();
    value_->ask(key);
    if (Value* const found = value_->find(key)) return at(found);
    Value* const missing = tree_->add(Kind::missing, value_);
    missing->key = key;
    return at(missing);
}

bool Node::has(std::string_view key) const {
    value_->ask(key);
    return value_->find(key) != nullptr;
}

double Node::number(std::string_view key, std::optional<double> fallback) const {
    return fallback && !has(key) ? *fallback : child(key).as_number();
}

double Node::positive(std::string_view key, std::optional<double> fallback) const {
    return fallback && !has(key) ? *fallback : child(key).as_positive();
}

double Node::non_negative(std::string_view key, std::optional<double> fallback) const {
    return fallback && !has(key) ? *fallback : child(key).as_non_negative();
}

std::int64_t Node::integer(std::string_view key, std::optional<std::int64_t> fallback,
                           std::optional<std::int64_t> minimum) const {
    return fallback && !has(key) ? *fallback : child(key).as_integer(minimum);
}

bool Node::boolean(std::string_view key, std::optional<bool> fallback) const {
    return fallback && !has(key) ? *fallback : child(key).as_boolean();
}

std::string Node::text(std::string_view key, std::optional<std::string_view> fallback) const {
    return fallback && !has(key) ? std::string(*fallback) : child(key).as_text();
}

std::string Node::choice(std::string_view key, std::initializer_list<std::string_view> allowed,
                         std::optional<std::string_view> fallback) const {
    return fallback && !has(key) ? std::string(*fallback) : child(key).as_choice(allowed);
}

std::vector<double> Node::numbers(std::string_view key, std::optional<std::size_t> count) const {
    return child(key).as_numbers(count);
}

std::vector<Node> Node::sequence(std::string_view key) const {
    return child(key).as_sequence();
}

std::vector<Node> Node::optional_sequence(std::string_view key) const {
    return has(key) ? sequence(key) : std::vector<Node>{};
}

Node Node::required_map(std::string_view key) const {
    return child(key).as_map();
}

Node Node::optional_map(std::string_view key) const {
    const Node entry = child(key);
    // Present but empty is what is left when all entries are commented out.
    return entry.exists() && entry.value_->kind != Kind::null ? entry.as_map() : entry;
}

double Node::as_number() const {
    return number_that(*this, *value_, "a number", [](double) { return true; }).value_or(0.0);
}

double Node::as_positive() const {
    return number_that(*this, *value_, "a positive number", [](double x) { return x > 0.0; })
        .value_or(1.0);
}

double Node::as_non_negative() const {
    return number_that(*this, *value_, "a non-negative number", [](double x) { return x >= 0.0; })
        .value_or(0.0);
}

std::int64_t Node::as_integer(std::optional<std::int64_t> minimum) const {
    std::int64_t number = 0;
    const std::errc problem =
        is_scalar() ? parse_whole(*value_, number) : std::errc::invalid_argument;
    if (problem == std::errc{} && (!minimum || number >= *minimum)) return number;
    const std::string bound = minimum ? " of at least " + std::to_string(*minimum) : "";
    error(problem == std::errc::result_out_of_range ? "expected an integer of at most 64 bits"
                                                    : "expected an integer" + bound);
    return minimum.value_or(0);
}

bool Node::as_boolean() const {
    const bool plain = is_scalar() && !value_->quoted;
    if (plain && is_one_of(value_->scalar, {"true", "True", "TRUE"})) return true;
    if (!plain || !is_one_of(value_->scalar, {"false", "False", "FALSE"}))
        error("expected true or false");
    return false;
}

std::string Node::as_text() const {
    if (!is_scalar()) error("expected text");
    return value_->scalar;
}

std::string Node::as_choice(std::initializer_list<std::string_view> allowed) const {
    ASP_ASSERT(allowed.size() > 0);
    if (is_scalar() && is_one_of(value_->scalar, allowed)) return value_->scalar;
    const std::vector<std::string> names(allowed.begin(), allowed.end());
    const auto meant = is_scalar() ? nearest_name(value_->scalar, names) : std::nullopt;
    error("expected " + std::string(names.size() > 1 ? "one of " : "") + listed(allowed) +
          (meant ? "; did you mean '" + *meant + "'?" : ""));
    if (value_->parent != nullptr) value_->parent->meaning_unknown = true;
    return names.front();
}

std::vector<double> Node::as_numbers(std::optional<std::size_t> count) const {
    const std::string expected =
        count ? "a sequence of " + std::to_string(*count) + (*count == 1 ? " number" : " numbers")
              : "a sequence of numbers";
    std::vector<double> numbers;
    if (!is_sequence()) {
        error("expected " + expected);
    } else if (count && size() != *count) {
        error("has " + std::to_string(size()) + (size() == 1 ? " value" : " values") +
              "; expected " + expected);
    } else {
        for (const Node& element : children()) numbers.push_back(element.as_number());
    }
    if (count) numbers.resize(*count);
    return numbers;
}

std::vector<Node> Node::as_sequence() const {
    if (is_sequence()) return children();
    error("expected a sequence");
    return {};
}

Node Node::as_map() const {
    if (!is_map()) {
        error("expected a map");
        value_->excused = true;
    }
    return *this;
}

void Node::error(std::string_view message) const {
    for (const Value* place = value_; place != nullptr; place = place->parent)
        if (place->excused) return;
    std::string line = where() + ": " + path();
    if (is_scalar()) line += (path().empty() ? "" : " = ") + shown(*value_);
    if (!line.ends_with(": ")) line += ": ";
    if (!exists()) line += "missing; ";
    if (value_->kind == Kind::null) line += "empty; ";
    tree_->diagnostics->error(line.append(message));
}

void Node::reject_unknown_keys() const {
    reject_unknown_below(*tree_, *value_);
}

}  // namespace asp::config
