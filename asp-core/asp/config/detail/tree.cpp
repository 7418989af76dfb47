#include "asp/config/detail/tree.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace asp::config::detail {

namespace {

// An alias may stand for itself or, doubled a few times, for more than fits in memory.
constexpr std::size_t max_values = 2'000'000;
constexpr int max_depth = 64;

/// Stops a parse whose complaint has been made.
struct Abandoned {};

class Builder {
public:
    Builder(Tree& tree, const std::string& origin) : tree_(tree), origin_(origin) {}

    /// Gives `made`, which knows its place, what stands in `node`.
    void fill(Value& made, const YAML::Node& node, int depth) {
        if (depth > max_depth) stop(node.Mark(), "nested deeper than 64 levels");
        if (++made_ > max_values) stop(node.Mark(), "more than 2000000 values");
        made.origin = origin_;
        if (made.line == 0) made.line = line_of(node.Mark());
        if (node.IsScalar()) {
            made.kind = Kind::scalar;
            made.scalar = node.Scalar();
            made.quoted = node.Tag() == "!";
        } else if (node.IsSequence()) {
            made.kind = Kind::sequence;
            add_elements(made, node, depth);
        } else if (node.IsMap()) {
            made.kind = Kind::map;
            add_entries(made, node, depth);
        }
    }

    [[noreturn]] void stop(const YAML::Mark& mark, const std::string& message) {
        const bool in_file = origin_.empty() && !mark.is_null();
        tree_.diagnostics->error((!origin_.empty() ? origin_ : tree_.file) +
                                 (in_file ? ":" + std::to_string(line_of(mark)) : "") + ": " +
                                 message);
        throw Abandoned{};
    }

private:
    int line_of(const YAML::Mark& mark) const { return origin_.empty() ? mark.line + 1 : 0; }

    void add_elements(Value& sequence, const YAML::Node& node, int depth) {
        for (const auto& element : node) {
            Value* made = tree_.add(Kind::null, &sequence);
            made->index = sequence.children.size();
            sequence.children.push_back(made);
            fill(*made, element, depth + 1);
        }
    }

    void add_entries(Value& map, const YAML::Node& node, int depth) {
        for (const auto& entry : node) {
            if (!entry.first.IsScalar()) stop(entry.first.Mark(), "expected a plain word as key");
            Value* made = tree_.add(Kind::null, &map);
            made->key = entry.first.Scalar();
            made->line = line_of(entry.first.Mark());
            made->origin = origin_;
            if (const Value* first = map.find(made->key)) {
                tree_.complain(
                    *made,
                    "given twice" +
                        (first->line > 0 ? ", first in line " + std::to_string(first->line) : ""));
                continue;
            }
            map.children.push_back(made);
            fill(*made, entry.second, depth + 1);
        }
    }

    Tree& tree_;
    const std::string& origin_;
    std::size_t made_ = 0;
};

}  // namespace

Value* Value::find(std::string_view wanted) const {
    if (kind != Kind::map) return nullptr;
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const Value* child) { return child->key == wanted; });
    return found == children.end() ? nullptr : *found;
}

void Value::ask(std::string_view wanted) {
    if (std::find(asked.begin(), asked.end(), wanted) == asked.end()) asked.emplace_back(wanted);
}

std::string path_of(const Value& value) {
    if (value.parent == nullptr) return {};
    std::string path = path_of(*value.parent);
    if (value.parent->kind == Kind::sequence) return path + '[' + std::to_string(value.index) + ']';
    return path.empty() ? value.key : path + '.' + value.key;
}

Value* Tree::add(Kind kind, Value* parent) {
    Value& value = values.emplace_back();
    value.kind = kind;
    value.parent = parent;
    return &value;
}

std::string Tree::where(const Value& value) const {
    if (!value.origin.empty()) return value.origin;
    if (value.line > 0) return file + ':' + std::to_string(value.line);
    return value.parent != nullptr ? where(*value.parent) : file;
}

void Tree::complain(const Value& value, const std::string& message) const {
    std::string path = path_of(value);
    if (!path.empty()) path += ": ";
    diagnostics->error(where(value) + ": " + path + message);
}

Value* parse(Tree& tree, const std::string& text, const std::string& origin,
             const Value* replaced) {
    Builder builder(tree, origin);
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(text);
        if (documents.size() > 1)
            builder.stop(documents[1].Mark(), "a second YAML document begins; expected one");
        Value* value = tree.add(Kind::null, nullptr);
        if (replaced != nullptr) {
            value->parent = replaced->parent;
            value->key = replaced->key;
            value->index = replaced->index;
        }
        if (!documents.empty()) builder.fill(*value, documents[0], 0);
        return value;
    } catch (const YAML::Exception& error) {
        try {
            builder.stop(
                error.mark,
                "not valid YAML" +
                    (error.mark.is_null() ? std::string()
                                          : ", column " + std::to_string(error.mark.column + 1)) +
                    ": " + error.msg);
        } catch (const Abandoned&) {
            return nullptr;
        }
    } catch (const Abandoned&) {
        return nullptr;
    }
}

}  // namespace asp::config::detail
