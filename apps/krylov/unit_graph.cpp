#include "krylov/unit_graph.hpp"

#include <algorithm>

namespace krylov {
namespace {

constexpr std::size_t grain = 64;  // units handed out at a time

/// Collects the units that one unit reads, each once.
class Collector {
public:
    explicit Collector(std::int32_t units) : seen_(static_cast<std::size_t>(units), -1) {}

    void begin(std::int32_t unit) {
        unit_ = unit;
        list.clear();
        add(unit);
    }
    void add(std::int32_t other) {
        if (seen_[static_cast<std::size_t>(other)] == unit_) return;
        seen_[static_cast<std::size_t>(other)] = unit_;
        list.push_back(other);
    }

    std::vector<std::int32_t> list;

private:
    std::vector<std::int32_t> seen_;
    std::int32_t unit_ = -1;
};

/// `list(unit, collector)` adds what the unit reads and returns its bytes.
template <class List>
void fill(UnitGraph& graph, const asp::Team* team, List&& list) {
    const std::int64_t units = (graph.items + graph.items_per_unit - 1) / graph.items_per_unit;
    graph.start.assign(static_cast<std::size_t>(units) + 1, 0);
    graph.bytes.assign(static_cast<std::size_t>(units), 0);
    const std::size_t chunks = (static_cast<std::size_t>(units) + grain - 1) / grain;
    std::vector<std::vector<std::int32_t>> found(chunks);
    const auto work = [&](std::size_t begin, std::size_t end) {
        Collector collector(static_cast<std::int32_t>(units));
        for (std::size_t u = begin; u < end; ++u) {
            collector.begin(static_cast<std::int32_t>(u));
            graph.bytes[u] = list(static_cast<std::int64_t>(u), collector);
            std::ranges::sort(collector.list);
            graph.start[u + 1] = static_cast<std::int64_t>(collector.list.size());
            auto& to = found[u / grain];
            to.insert(to.end(), collector.list.begin(), collector.list.end());
        }
    };
    // A collector is as large as the graph: few ranges.
    const auto count = static_cast<std::size_t>(units);
    const std::size_t harts = team == nullptr ? 1 : team->harts();
    asp::run_on(team, work, 0, count, std::max(grain, (count / harts / grain + 1) * grain));
    for (std::size_t u = 0; u < count; ++u) graph.start[u + 1] += graph.start[u];
    graph.reads.reserve(static_cast<std::size_t>(graph.start.back()));
    for (const auto& part : found) graph.reads.insert(graph.reads.end(), part.begin(), part.end());
}

template <class Index, class Scalar>
std::int64_t list_slices(const SlicedMatrix<Scalar>& matrix, std::int64_t begin, std::int64_t end,
                         std::int64_t rows_per_unit, Collector& collector) {
    const auto* const indices = reinterpret_cast<const Index*>(matrix.indices.data());
    const std::int64_t lanes = matrix.shape.lanes, columns = matrix.shape.columns;
    const auto add = [&](std::int64_t first, std::int64_t count) {
        const auto last = static_cast<std::int32_t>((first + count - 1) / rows_per_unit);
        for (auto u = static_cast<std::int32_t>(first / rows_per_unit); u <= last; ++u)
            collector.add(u);
    };
    for (std::int64_t s = begin; s < end; ++s) {
        const SliceHead &head = matrix.heads[static_cast<std::size_t>(s)],
                        &next = matrix.heads[static_cast<std::size_t>(s) + 1];
        const bool is_run = next.first_index - head.first_index == next.first - head.first;
        for (std::size_t i = head.first_index; i < next.first_index; ++i)
            add(head.base + static_cast<std::int64_t>(indices[i]),
                is_run ? lanes * columns : columns);
    }
    const SliceHead &head = matrix.heads[static_cast<std::size_t>(begin)],
                    &next = matrix.heads[static_cast<std::size_t>(end)];
    const std::int64_t value_bytes = matrix.form == ValueForm::full     ? sizeof(Scalar)
                                     : matrix.form == ValueForm::single ? sizeof(float)
                                                                        : 1;
    return static_cast<std::int64_t>(next.first - head.first) * matrix.slice_rows() * columns *
               value_bytes +
           static_cast<std::int64_t>(next.first_index - head.first_index) * matrix.index_bytes +
           (end - begin) * static_cast<std::int64_t>(sizeof(SliceHead));
}

std::int64_t rows_of(const UnitGraph& graph, std::size_t unit) {
    const auto u = static_cast<std::int64_t>(unit);
    const std::int64_t begin = u * graph.items_per_unit;
    return std::min(graph.items_per_unit, graph.items - begin) * graph.rows_per_item;
}

std::int64_t weight(const UnitGraph& graph, std::size_t unit, std::int64_t row_bytes) {
    return graph.bytes[unit] + rows_of(graph, unit) * row_bytes;
}

/// Cuts segments of an order of units until they are small.
class Bisection {
public:
    Bisection(const UnitGraph& graph, std::int64_t bytes, std::int64_t row_bytes)
        : graph_(graph),
          bytes_(bytes),
          row_bytes_(row_bytes),
          order_(static_cast<std::size_t>(graph.units())),
          segment_(order_.size(), 0),
          visited_(order_.size(), 0) {
        for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::int32_t>(i);
    }

    Tiling run() {
        Tiling tiling;
        tiling.tile_of.resize(order_.size());
        std::vector<std::pair<std::size_t, std::size_t>> open{{0, order_.size()}};
        while (!open.empty()) {
            const auto [begin, end] = open.back();
            open.pop_back();
            const std::int64_t total = weigh(begin, end);
            if (total <= bytes_ || end - begin <= 1) {
                for (std::size_t i = begin; i < end; ++i)
                    tiling.tile_of[static_cast<std::size_t>(order_[i])] = tiling.tiles;
                tiling.tiles += begin < end ? 1 : 0;
                continue;
            }
            sort_by_distance(begin, end);
            std::size_t middle = begin;
            for (std::int64_t half = 0; middle + 1 < end && half < total / 2; ++middle)
                half += weight(graph_, static_cast<std::size_t>(order_[middle]), row_bytes_);
            middle = std::max(middle, begin + 1);
            open.emplace_back(middle, end);
            open.emplace_back(begin, middle);
        }
        return tiling;
    }

private:
    std::int64_t weigh(std::size_t begin, std::size_t end) const {
        std::int64_t total = 0;
        for (std::size_t i = begin; i < end; ++i)
            total += weight(graph_, static_cast<std::size_t>(order_[i]), row_bytes_);
        return total;
    }

    void sort_by_distance(std::size_t begin, std::size_t end) {
        ++current_;
        for (std::size_t i = begin; i < end; ++i)
            segment_[static_cast<std::size_t>(order_[i])] = current_;
        const std::int32_t far = visit(order_[begin], begin, end);
        visit(far, begin, end);
        std::copy(queue_.begin(), queue_.end(),
                  order_.begin() + static_cast<std::ptrdiff_t>(begin));
    }

    /// Breadth first over the segment, component after component; the queue holds all of it then.
    std::int32_t visit(std::int32_t first, std::size_t begin, std::size_t end) {
        ++round_;
        queue_.clear();
        push(first);
        std::int32_t far = first;
        for (std::size_t head = 0, next = begin;
             queue_.size() < end - begin || head < queue_.size();) {
            if (head == queue_.size()) {
                while (visited_[static_cast<std::size_t>(order_[next])] == round_) ++next;
                push(order_[next]);
            }
            const std::int32_t unit = queue_[head++];
            for (const std::int32_t other : graph_.reads_of(unit))
                if (segment_[static_cast<std::size_t>(other)] == current_) push(other);
            if (head == queue_.size() && far == first) far = unit;
        }
        return far;
    }
    void push(std::int32_t unit) {
        std::int32_t& mark = visited_[static_cast<std::size_t>(unit)];
        if (mark == round_) return;
        mark = round_;
        queue_.push_back(unit);
    }

    const UnitGraph& graph_;
    std::int64_t bytes_, row_bytes_;
    std::vector<std::int32_t> order_, segment_, visited_, queue_;
    std::int32_t current_ = 0, round_ = 0;
};

}  // namespace

template <class Scalar>
UnitGraph unit_graph(const SlicedMatrix<Scalar>& matrix, std::int64_t items_per_unit,
                     const asp::Team* team) {
    UnitGraph graph{matrix.slices(), items_per_unit, matrix.slice_rows(), {}, {}, {}};
    const std::int64_t rows_per_unit = items_per_unit * graph.rows_per_item;
    fill(graph, team, [&](std::int64_t unit, Collector& collector) {
        const std::int64_t begin = unit * items_per_unit,
                           end = std::min(begin + items_per_unit, graph.items);
        return matrix.index_bytes == 2
                   ? list_slices<std::uint16_t>(matrix, begin, end, rows_per_unit, collector)
                   : list_slices<std::int32_t>(matrix, begin, end, rows_per_unit, collector);
    });
    return graph;
}

template <class Scalar, class Column>
UnitGraph unit_graph(const CsrView<Scalar, Column>& matrix, std::int64_t items_per_unit,
                     const asp::Team* team) {
    UnitGraph graph{matrix.rows(), items_per_unit, 1, {}, {}, {}};
    fill(graph, team, [&](std::int64_t unit, Collector& collector) {
        const std::int64_t begin = unit * items_per_unit,
                           end = std::min(begin + items_per_unit, graph.items);
        const std::int64_t first = matrix.row_start[static_cast<std::size_t>(begin)],
                           last = matrix.row_start[static_cast<std::size_t>(end)];
        for (std::int64_t e = first; e < last; ++e)
            collector.add(static_cast<std::int32_t>(
                static_cast<std::int64_t>(matrix.column[static_cast<std::size_t>(e)]) /
                items_per_unit));
        return (last - first) * static_cast<std::int64_t>(sizeof(Scalar) + sizeof(Column)) +
               (end - begin) * static_cast<std::int64_t>(sizeof(std::int64_t));
    });
    return graph;
}

UnitGraph symmetrized(const UnitGraph& graph) {
    UnitGraph both = graph;
    std::vector<std::vector<std::int32_t>> lists(static_cast<std::size_t>(graph.units()));
    for (std::int32_t u = 0; u < graph.units(); ++u)
        for (const std::int32_t v : graph.reads_of(u)) {
            lists[static_cast<std::size_t>(u)].push_back(v);
            lists[static_cast<std::size_t>(v)].push_back(u);
        }
    both.reads.clear();
    for (std::size_t u = 0; u < lists.size(); ++u) {
        std::ranges::sort(lists[u]);
        const auto last = std::ranges::unique(lists[u]).begin();
        both.reads.insert(both.reads.end(), lists[u].begin(), last);
        both.start[u + 1] = static_cast<std::int64_t>(both.reads.size());
    }
    return both;
}

Tiling contiguous_tiling(const UnitGraph& graph, std::int64_t bytes, std::int64_t row_bytes) {
    Tiling tiling;
    tiling.tile_of.resize(static_cast<std::size_t>(graph.units()));
    std::int64_t filled = 0;
    for (std::size_t u = 0; u < tiling.tile_of.size(); ++u) {
        const std::int64_t more = weight(graph, u, row_bytes);
        if (u > 0 && filled + more > bytes) {
            ++tiling.tiles;
            filled = 0;
        }
        filled += more;
        tiling.tile_of[u] = tiling.tiles;
    }
    tiling.tiles += tiling.tile_of.empty() ? 0 : 1;
    return tiling;
}

Tiling bisected_tiling(const UnitGraph& graph, std::int64_t bytes, std::int64_t row_bytes) {
    return Bisection(graph, bytes, row_bytes).run();
}

#define KRYLOV_INSTANTIATE(Scalar)                                                              \
    template UnitGraph unit_graph(const SlicedMatrix<Scalar>&, std::int64_t, const asp::Team*); \
    template UnitGraph unit_graph(const CsrView<Scalar>&, std::int64_t, const asp::Team*);      \
    template UnitGraph unit_graph(const CsrView<Scalar, std::int64_t>&, std::int64_t,           \
                                  const asp::Team*);
KRYLOV_INSTANTIATE(double)
KRYLOV_INSTANTIATE(float)
KRYLOV_INSTANTIATE(std::complex<double>)
KRYLOV_INSTANTIATE(std::complex<float>)

}  // namespace krylov
