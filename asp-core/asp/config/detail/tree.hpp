#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "asp/base/diagnostics.hpp"

namespace asp::config::detail {

enum class Kind { missing, null, scalar, sequence, map };

/// One place of a document, there or missing. Unlike yaml-cpp's nodes it knows its way to the root
/// and the line of its key, and it keeps both of two equal keys.
struct Value {
    Kind kind = Kind::missing;
    Value* parent = nullptr;
    std::string key;        ///< in its parent, if that is a map
    std::size_t index = 0;  ///< in its parent, if that is a sequence
    int line = 0;           ///< from 1; of the key where there is one; 0: not in the file
    std::string origin;     ///< "--set a.b" where that is the source; else empty
    std::string scalar;
    bool quoted = false;           ///< a scalar in quotes is text, never a number
    std::vector<Value*> children;  ///< in the order of the file

    std::vector<std::string> asked;  ///< keys that the program knows, first asked first
    bool excused = false;            ///< wrong and reported: everything below it stays silent
    bool meaning_unknown = false;    ///< no key below can be called unknown: a choice was wrong
    bool reported_unknown = false;

    Value* find(std::string_view wanted) const;
    void ask(std::string_view wanted);
};

/// "vessels[3].length_mm"; empty for the root.
std::string path_of(const Value& value);

/// What a document and its nodes share.
struct Tree {
    std::string file;  ///< as the user gave it
    Diagnostics* diagnostics = nullptr;
    std::deque<Value> values;  ///< a deque: addresses stay
    Value* root = nullptr;

    Value* add(Kind kind, Value* parent);
    /// "file:line" or "--set key"; for a missing value, its nearest parent's.
    std::string where(const Value& value) const;
    void complain(const Value& value, const std::string& message) const;
};

/// Reads YAML text into values, to stand where `replaced` does, or as root. A complaint starts with
/// `origin` ("--set a.b"), or where that is empty with file and line. Returns nullptr when there is
/// no value, and that has been complained about.
Value* parse(Tree& tree, const std::string& text, const std::string& origin,
             const Value* replaced = nullptr);

}  // namespace asp::config::detail
