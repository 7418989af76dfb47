#include "asp/config/document.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "asp/config/detail/tree.hpp"

namespace asp::config {

using detail::Kind;
using detail::Tree;
using detail::Value;

namespace {

std::optional<std::string> read_file(const std::filesystem::path& path, Diagnostics& diagnostics) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        diagnostics.error(path.string() + ": is a folder; expected a YAML file");
        return std::nullopt;
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) {
        diagnostics.error(path.string() + ": cannot be read: " + std::strerror(errno));
        return std::nullopt;
    }
    return text;
}

using Step = std::variant<std::string, std::size_t>;  // a key or an index

/// "a.b[0].c" as keys and indices; nothing if it is none.
std::optional<std::vector<Step>> steps_of(std::string_view dotted_key) {
    std::vector<Step> steps;
    while (true) {
        const std::size_t end = std::min(dotted_key.find_first_of(".["), dotted_key.size());
        if (end == 0) return std::nullopt;
        steps.emplace_back(std::string(dotted_key.substr(0, end)));
        dotted_key.remove_prefix(end);
        while (dotted_key.starts_with('[')) {
            const char* const begin = dotted_key.data() + 1;
            const char* const last = dotted_key.data() + dotted_key.size();
            std::size_t index = 0;
            const auto [rest, problem] = std::from_chars(begin, last, index);
            if (problem != std::errc{} || rest == last || *rest != ']') return std::nullopt;
            steps.emplace_back(index);
            dotted_key.remove_prefix(static_cast<std::size_t>(rest + 1 - dotted_key.data()));
        }
        if (dotted_key.empty()) return steps;
        if (!dotted_key.starts_with('.')) return std::nullopt;
        dotted_key.remove_prefix(1);
    }
}

/// The place of `step` in `parent`, which becomes a map if it was nothing. Or why there is none.
std::variant<Value**, std::string> slot_of(Tree& tree, Value* parent, const Step& step,
                                           const std::string& origin) {
    const std::string path = path_of(*parent);
    if (const auto* index = std::get_if<std::size_t>(&step)) {
        if (parent->kind != Kind::sequence) return path + " is not a sequence";
        if (*index >= parent->children.size())
            return path + " has " + std::to_string(parent->children.size()) + " elements";
        return &parent->children[*index];
    }
    if (parent->kind == Kind::null || parent->kind == Kind::missing) parent->kind = Kind::map;
    if (parent->kind != Kind::map) return (path.empty() ? "the file" : path) + " is not a map";
    const std::string& key = std::get<std::string>(step);
    for (Value*& child : parent->children)
        if (child->key == key) return &child;
    Value* made = tree.add(Kind::null, parent);
    made->key = key;
    made->origin = origin;
    parent->children.push_back(made);
    return &parent->children.back();
}

}  // namespace

Document::Document(const std::filesystem::path& path, Diagnostics& diagnostics)
    : path_(path), tree_(std::make_shared<Tree>()) {
    tree_->file = path.string();
    tree_->diagnostics = &diagnostics;
    tree_->root = tree_->add(Kind::missing, nullptr);
    tree_->root->excused = true;
}

void Document::parse_text(std::string text) {
    text_ = std::move(text);
    Value* const root = detail::parse(*tree_, text_, "");
    if (root == nullptr) return;
    if (root->kind == Kind::null)
        tree_->diagnostics->error(tree_->file + ": is empty; expected keys and values");
    else
        tree_->root = root;
}

Document Document::load(const std::filesystem::path& path, Diagnostics& diagnostics) {
    Document document(path, diagnostics);
    if (auto text = read_file(path, diagnostics)) document.parse_text(std::move(*text));
    return document;
}

Document Document::parse(const std::filesystem::path& name, std::string text,
                         Diagnostics& diagnostics) {
    Document document(name, diagnostics);
    document.parse_text(std::move(text));
    return document;
}

Node Document::root() const {
    return Node(tree_, tree_->root);
}

void Document::override_value(const std::string& dotted_key, const std::string& yaml_value,
                              Diagnostics& diagnostics) {
    const std::string origin = "--set " + dotted_key;
    const auto steps = steps_of(dotted_key);
    if (!steps) {
        diagnostics.error(origin + ": expected a key like vessels[0].length_mm");
        return;
    }
    if (tree_->root->excused) return;  // there is no document to change, and that has been said
    Value** slot = &tree_->root;
    for (const Step& step : *steps) {
        const auto next = slot_of(*tree_, *slot, step, origin);
        if (const auto* problem = std::get_if<std::string>(&next)) {
            diagnostics.error(origin + ": " + *problem);
            return;
        }
        slot = std::get<Value**>(next);
    }
    Diagnostics* const of_document = std::exchange(tree_->diagnostics, &diagnostics);
    Value* value = detail::parse(*tree_, yaml_value, origin, *slot);
    tree_->diagnostics = of_document;
    if (value == nullptr) {
        (*slot)->excused = true;
        return;
    }
    *slot = value;
    overrides_.push_back(dotted_key + '=' + yaml_value);
}

}  // namespace asp::config
