#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asp/base/diagnostics.hpp"

namespace asp::config {

namespace detail {
struct Tree;
struct Value;
}  // namespace detail

/// A place in a document, there or missing. Cheap to copy; keeps its document's values alive.
///
/// A reader that finds a value missing or wrong adds one line to the diagnostics and returns a
/// harmless value, so that reading goes on and a person gets all complaints at once. Below a place
/// that has been complained about, nothing more is said.
class Node {
public:
    bool exists() const;
    bool is_map() const;
    bool is_sequence() const;
    bool is_scalar() const;

    std::string path() const;   ///< "vessels[3].length_mm"; empty for the root
    std::string where() const;  ///< "meshes/x.yaml:41", or "--set vessels[3].length_mm"
    std::string key() const;    ///< in its map; else empty
    Diagnostics& diagnostics() const;

    /// Elements of a sequence, or entries of a map in the order of the file; others have none.
    std::size_t size() const;
    /// Precondition: i < size(). Makes an entry's key known: the program takes any.
    Node operator[](std::size_t i) const;
    std::vector<Node> children() const;

    /// What stands under `key`, perhaps nothing. Makes the key known, as all that follows does.
    Node child(std::string_view key) const;
    bool has(std::string_view key) const;

    // Readers of an entry. Without a fallback the entry must be there.
    double number(std::string_view key, std::optional<double> fallback = {}) const;
    double positive(std::string_view key, std::optional<double> fallback = {}) const;
    double non_negative(std::string_view key, std::optional<double> fallback = {}) const;
    std::int64_t integer(std::string_view key, std::optional<std::int64_t> fallback = {},
                         std::optional<std::int64_t> minimum = {}) const;
    bool boolean(std::string_view key, std::optional<bool> fallback = {}) const;
    std::string text(std::string_view key, std::optional<std::string_view> fallback = {}) const;
    std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed,
                       std::optional<std::string_view> fallback = {}) const;
    std::vector<double> numbers(std::string_view key, std::optional<std::size_t> count = {}) const;
    std::vector<Node> sequence(std::string_view key) const;
    std::vector<Node> optional_sequence(std::string_view key) const;  ///< missing: empty
    Node required_map(std::string_view key) const;
    /// May be missing or empty: then required entries in it are missing, and fallbacks hold.
    Node optional_map(std::string_view key) const;

    // Readers of this place itself.
    double as_number() const;
    double as_positive() const;
    double as_non_negative() const;
    std::int64_t as_integer(std::optional<std::int64_t> minimum = {}) const;
    bool as_boolean() const;
    std::string as_text() const;
    std::string as_choice(std::initializer_list<std::string_view> allowed) const;
    std::vector<double> as_numbers(std::optional<std::size_t> count = {}) const;
    std::vector<Node> as_sequence() const;
    Node as_map() const;

    /// Adds "file:line: path = value: message"; "path: missing; message" where there is nothing.
    void error(std::string_view message) const;
    void error(std::string_view key, std::string_view message) const { child(key).error(message); }

    /// Complains about every key, here and below, that nobody asked for so far. Says so once.
    void reject_unknown_keys() const;

private:
    friend class Document;
    Node(std::shared_ptr<detail::Tree> tree, detail::Value* value);

    Node at(detail::Value* value) const { return Node(tree_, value); }

    std::shared_ptr<detail::Tree> tree_;
    detail::Value* value_;
};

}  // namespace asp::config
