#include "krylov/ordering.hpp"

#include <algorithm>
#include <complex>
#include <numeric>

#include "asp/base/error.hpp"

namespace krylov {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

std::span<const std::int32_t> neighbours(const Graph& graph, std::int32_t v) {
    const auto begin = at(graph.start[at(v)]);
    return std::span(graph.neighbour).subspan(begin, at(graph.start[at(v) + 1]) - begin);
}
std::int64_t degree(const Graph& graph, std::int32_t v) {
    return graph.start[at(v) + 1] - graph.start[at(v)];
}

/// The pattern of the transpose.
template <class Scalar, class Column>
Graph mirrored(const CsrView<Scalar, Column>& matrix) {
    Graph mirror;
    mirror.start.assign(at(matrix.rows()) + 1, 0);
    for (const Column c : matrix.column) ++mirror.start[at(c) + 1];
    for (std::size_t i = 1; i < mirror.start.size(); ++i) mirror.start[i] += mirror.start[i - 1];
    mirror.neighbour.resize(matrix.column.size());
    std::vector<std::int64_t> next(mirror.start.begin(), mirror.start.end() - 1);
    for (std::int64_t i = 0; i < matrix.rows(); ++i)
        for (auto j = matrix.row_start[at(i)]; j < matrix.row_start[at(i) + 1]; ++j)
            mirror.neighbour[at(next[at(matrix.column[at(j)])]++)] = static_cast<std::int32_t>(i);
    return mirror;
}

/// Appends what stands in either of two rising lists, once, but for `self`.
template <class Column>
void append_union(std::span<const Column> a, std::span<const std::int32_t> b, std::int64_t self,
                  std::vector<std::int32_t>& result) {
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        const std::int64_t left = i < a.size() ? std::int64_t{a[i]} : INT64_MAX;
        const std::int64_t right = j < b.size() ? std::int64_t{b[j]} : INT64_MAX;
        const std::int64_t least = std::min(left, right);
        i += left == least;
        j += right == least;
        if (least != self) result.push_back(static_cast<std::int32_t>(least));
    }
}

/// Breadth-first search that can be started again without clearing anything.
class BreadthFirst {
public:
    explicit BreadthFirst(const Graph& graph)
        : graph_(graph), seen_(at(graph.vertices()), 0), order_(at(graph.vertices())) {}

    /// Visits the component of `root`, level by level.
    void search(std::int32_t root) {
        ++search_;
        level_end.clear();
        count_ = 0;
        visit(root);
        for (std::size_t begin = 0; begin < count_;) {
            const std::size_t end = count_;
            for (; begin < end; ++begin)
                for (const std::int32_t w : neighbours(graph_, order_[begin]))
                    if (seen_[at(w)] != search_) visit(w);
            level_end.push_back(static_cast<std::int32_t>(end));
        }
    }
    std::span<const std::int32_t> visited() const { return std::span(order_).first(count_); }
    std::span<const std::int32_t> last_level() const {
        const std::size_t begin = level_end.size() > 1 ? at(level_end[level_end.size() - 2]) : 0;
        return visited().subspan(begin);
    }

    std::vector<std::int32_t> level_end;

private:
    void visit(std::int32_t v) {
        seen_[at(v)] = search_;
        order_[count_++] = v;
    }

    const Graph& graph_;
    std::vector<std::int32_t> seen_;  ///< the search that saw it last
    std::vector<std::int32_t> order_;
    std::size_t count_ = 0;
    std::int32_t search_ = 0;
};

std::int32_t least_neighboured(const Graph& graph, std::span<const std::int32_t> vertices) {
    return *std::ranges::min_element(vertices, {},
                                     [&](std::int32_t v) { return degree(graph, v); });
}

/// A vertex far from another, by going to the far end until that is no farther away; leaves its
/// levels in `search`.
std::int32_t search_from_far_end(const Graph& graph, std::int32_t start, BreadthFirst& search) {
    search.search(start);
    for (;;) {
        const std::size_t levels = search.level_end.size();
        const std::int32_t end = least_neighboured(graph, search.last_level());
        search.search(end);
        if (search.level_end.size() <= levels) return end;
    }
}

/// Calls `take(search)` for each component, searched from its far end.
template <class Take>
void for_each_component(const Graph& graph, Take&& take) {
    BreadthFirst search(graph);
    std::vector<bool> is_done(at(graph.vertices()), false);
    for (std::int32_t v = 0; v < graph.vertices(); ++v) {
        if (is_done[at(v)]) continue;
        const std::int32_t root = search_from_far_end(graph, v, search);
        for (const std::int32_t w : search.visited()) is_done[at(w)] = true;
        take(root, search);
    }
}

/// Appends a component from its root, the neighbours of each vertex by rising degree.
void append_cuthill_mckee(const Graph& graph, std::int32_t root, std::vector<bool>& is_placed,
                          Order& order) {
    std::size_t begin = order.size();
    order.push_back(root);
    is_placed[at(root)] = true;
    for (; begin < order.size(); ++begin) {
        const auto first = static_cast<std::ptrdiff_t>(order.size());
        for (const std::int32_t w : neighbours(graph, order[begin]))
            if (!is_placed[at(w)]) {
                is_placed[at(w)] = true;
                order.push_back(w);
            }
        std::stable_sort(order.begin() + first, order.end(), [&](std::int32_t a, std::int32_t b) {
            return degree(graph, a) < degree(graph, b);
        });
    }
}

}  // namespace

template <class Scalar, class Column>
Graph graph_of(const CsrView<Scalar, Column>& matrix) {
    ASP_ASSERT(matrix.rows() == matrix.columns);
    const bool is_symmetric = is_structurally_symmetric(matrix);
    const Graph mirror = is_symmetric ? Graph{} : mirrored(matrix);
    Graph graph;
    graph.start.reserve(at(matrix.rows()) + 1);
    graph.neighbour.reserve(matrix.column.size());
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        const auto begin = at(matrix.row_start[at(i)]);
        const auto row = matrix.column.subspan(begin, at(matrix.row_start[at(i) + 1]) - begin);
        const auto other = is_symmetric ? std::span<const std::int32_t>{}
                                        : neighbours(mirror, static_cast<std::int32_t>(i));
        append_union<Column>(row, other, i, graph.neighbour);
        graph.start.push_back(static_cast<std::int64_t>(graph.neighbour.size()));
    }
    return graph;
}

Order inverse(std::span<const std::int32_t> order) {
    Order result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        result[at(order[i])] = static_cast<std::int32_t>(i);
    return result;
}

Order reverse_cuthill_mckee(const Graph& graph) {
    Order order;
    order.reserve(at(graph.vertices()));
    std::vector<bool> is_placed(at(graph.vertices()), false);
    for_each_component(graph, [&](std::int32_t root, const BreadthFirst&) {
        append_cuthill_mckee(graph, root, is_placed, order);
    });
    std::ranges::reverse(order);
    return order;
}

Levels breadth_first_levels(const Graph& graph) {
    Levels levels;
    levels.order.reserve(at(graph.vertices()));
    for_each_component(graph, [&](std::int32_t, const BreadthFirst& search) {
        const auto before = static_cast<std::int32_t>(levels.order.size());
        for (const std::int32_t end : search.level_end) levels.level_end.push_back(before + end);
        levels.order.insert(levels.order.end(), search.visited().begin(), search.visited().end());
    });
    return levels;
}

Order part_by_part(std::span<const std::int32_t> part) {
    Order order(part.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::int32_t v) { return part[at(v)]; });
    return order;
}

template <class Scalar, class Column>
std::int64_t bandwidth(const CsrView<Scalar, Column>& matrix) {
    std::int64_t widest = 0;
    for (std::int64_t i = 0; i < matrix.rows(); ++i) {
        const auto begin = at(matrix.row_start[at(i)]), end = at(matrix.row_start[at(i) + 1]);
        if (begin == end) continue;
        widest = std::max({widest, i - std::int64_t{matrix.column[begin]},
                           std::int64_t{matrix.column[end - 1]} - i});
    }
    return widest;
}

#define ASP_INSTANTIATE(Scalar, Column)                      \
    template Graph graph_of(const CsrView<Scalar, Column>&); \
    template std::int64_t bandwidth(const CsrView<Scalar, Column>&);
#define ASP_INSTANTIATE_BOTH(Scalar)      \
    ASP_INSTANTIATE(Scalar, std::int32_t) \
    ASP_INSTANTIATE(Scalar, std::int64_t)
ASP_INSTANTIATE_BOTH(double)
ASP_INSTANTIATE_BOTH(float)
ASP_INSTANTIATE_BOTH(std::complex<double>)
ASP_INSTANTIATE_BOTH(std::complex<float>)

}  // namespace krylov
