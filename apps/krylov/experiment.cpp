#include "krylov/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "asp/config/document.hpp"
#include "asp/config/node.hpp"
#include "krylov/generate.hpp"

namespace krylov {
namespace {

namespace fs = std::filesystem;
using asp::config::Node;

constexpr std::int64_t most_levels = 1000, most_vectors = 8, most_threads = 65536;

/// A list, or what it is when it is left out.
template <class T>
std::vector<T> list(const Node& root, const char* key, std::vector<T> fallback,
                    const std::function<T(const Node&)>& read) {
    if (!root.has(key)) return fallback;
    std::vector<T> values;
    for (const Node& node : root.sequence(key)) values.push_back(read(node));
    if (values.empty()) root.error(key, "expected at least one");
    return values;
}

int integer_up_to(const Node& node, std::int64_t most) {
    const std::int64_t value = node.as_integer(1);
    if (value > most) node.error(fmt::format("expected at most {}", most));
    return static_cast<int>(std::min(value, most));
}

std::vector<std::string> choices(const Node& root, const char* key, const std::string& fallback,
                                 std::initializer_list<std::string_view> allowed) {
    return list<std::string>(root, key, {fallback},
                             [&](const Node& node) { return node.as_choice(allowed); });
}

std::size_t thread_count(const Node& node) {
    if (node.is_scalar() && node.as_text() == "all") return 0;
    return static_cast<std::size_t>(integer_up_to(node, most_threads));
}

bool is_matrix_market(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.ends_with(".mtx") || name.ends_with(".mtx.gz");
}

/// What one entry of `matrices` stands for.
std::vector<std::string> matrices_of(const Node& node, const fs::path& folder) {
    const std::string text = node.as_text();
    if (text.empty() || is_generated(text)) return {text};
    const fs::path path = (folder / text).lexically_normal();
    if (fs::is_directory(path)) {
        std::vector<std::string> files;
        for (const auto& file : fs::directory_iterator(path))
            if (is_matrix_market(file.path())) files.push_back(file.path().string());
        std::sort(files.begin(), files.end());
        if (files.empty()) node.error("expected a folder with .mtx or .mtx.gz files in it");
        return files;
    }
    // "file.h5:name" names one matrix of several.
    const fs::path file = path.string().substr(0, path.string().rfind(':'));
    if (!fs::exists(path) && !fs::exists(file))
        node.error(
            fmt::format("expected a generated matrix, a file or a folder; there is no {} "
                        "(the path is relative to this file)",
                        path.string()));
    return {path.string()};
}

/// So that a file which has changed is measured anew.
std::string fingerprint(const std::string& matrix) {
    std::error_code missing;
    const auto size = fs::file_size(matrix, missing);
    if (is_generated(matrix) || missing) return matrix;
    const auto date = fs::last_write_time(matrix, missing).time_since_epoch();
    return fmt::format("{} ({} bytes, {})", matrix, size,
                       std::chrono::duration_cast<std::chrono::seconds>(date).count());
}

}  // namespace

Experiment read_experiment(const fs::path& path, const std::vector<std::string>& overrides) {
    asp::Diagnostics diagnostics;
    auto document = asp::config::Document::load(path, diagnostics);
    for (const std::string& pair : overrides) {
        const auto equal = pair.find('=');
        if (equal == std::string::npos || equal == 0)
            diagnostics.error(fmt::format("--set {}: expected key=value", pair));
        else
            document.override_value(pair.substr(0, equal), pair.substr(equal + 1), diagnostics);
    }
    const Node root = document.root();
    Experiment experiment;
    experiment.path = path;
    experiment.text = document.text();
    experiment.overrides = overrides;
    experiment.name = root.text("name", path.stem().string());
    const std::vector<Node> matrices = root.sequence("matrices");
    if (root.child("matrices").is_sequence() && matrices.empty())
        root.error("matrices", "expected at least one");
    for (const Node& node : matrices)
        for (std::string& matrix : matrices_of(node, path.parent_path()))
            experiment.matrices.push_back(std::move(matrix));
    experiment.methods =
        choices(root, "methods", "auto", {"auto", "plain", "implicit", "explicit"});
    experiment.storages = choices(root, "storages", "auto", {"auto", "csr", "slices", "blocks"});
    experiment.keeps = choices(root, "keep", "basis", {"basis", "polynomial"});
    experiment.bases = choices(root, "bases", "monomial", {"monomial", "newton", "chebyshev"});
    experiment.levels = list<int>(
        root, "k", {8}, [](const Node& node) { return integer_up_to(node, most_levels); });
    experiment.vectors = list<int>(
        root, "vectors", {1}, [](const Node& node) { return integer_up_to(node, most_vectors); });
    experiment.threads = list<std::size_t>(root, "threads", {0}, thread_count);
    experiment.repetitions = static_cast<int>(root.integer("repetitions", 0, 1));
    experiment.tune_products = root.non_negative("tune_products", 30.0);
    experiment.checks_bits = root.boolean("check_bits", true);
    experiment.has_roofline = root.boolean("roofline", true);
    root.reject_unknown_keys();
    diagnostics.throw_if_any();
    return experiment;
}

std::vector<Cell> cells_of(const Experiment& experiment, std::size_t harts) {
    std::vector<Cell> cells;
    for (const std::string& matrix : experiment.matrices)
        for (const std::size_t threads : experiment.threads)
            for (const std::string& keep : experiment.keeps)
                for (const std::string& basis : experiment.bases)
                    for (const int vectors : experiment.vectors)
                        for (const std::string& method : experiment.methods)
                            for (const std::string& storage : experiment.storages)
                                for (const int k : experiment.levels)
                                    cells.push_back({matrix, method, storage, keep, basis, k,
                                                     vectors, threads == 0 ? harts : threads, ""});
    for (Cell& cell : cells)
        cell.key = fmt::format(
            "{}, {}, {}, {}, {}, k={}, vectors={}, threads={}, repetitions={}, "
            "tune_products={}, check_bits={}",
            fingerprint(cell.matrix), cell.method, cell.storage, cell.keep, cell.basis, cell.k,
            cell.vectors, cell.threads, experiment.repetitions, experiment.tune_products,
            experiment.checks_bits);
    return cells;
}

}  // namespace krylov
