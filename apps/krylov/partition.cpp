#include <fmt/format.h>
#include <metis.h>

#include <cstdio>  // which SCOTCH's header takes for granted
#include <limits>
#include <mutex>

// By its folder, which may hold a METIS of SCOTCH's own.
#include <scotch/scotch.h>

#include "asp/base/error.hpp"
#include "krylov/ordering.hpp"

namespace krylov {
namespace {

constexpr double imbalance = 0.03;  // a part may be so much larger than its share: METIS's own

/// The lists of a graph as a library counts. They are not const because C takes no const pointers;
/// both libraries only read.
template <class Number>
struct Lists {
    Lists(const char* library, const Graph& graph) {
        if (graph.start.back() > std::numeric_limits<Number>::max())
            throw asp::BackendError(
                fmt::format("{} here counts to {}: a graph with {} neighbours is too large",
                            library, std::numeric_limits<Number>::max(), graph.start.back()));
        start.assign(graph.start.begin(), graph.start.end());
        neighbour.assign(graph.neighbour.begin(), graph.neighbour.end());
        part.resize(static_cast<std::size_t>(graph.vertices()));
    }

    std::vector<Number> start, neighbour, part;
};

void expect_cut(bool is_cut, const char* library, const Graph& graph, std::int32_t parts) {
    if (!is_cut)
        throw asp::BackendError(fmt::format("{} could not cut a graph of {} vertices into {} parts",
                                            library, graph.vertices(), parts));
}

std::vector<std::int32_t> cut_by_metis(const Graph& graph, std::int32_t parts) {
    Lists<idx_t> lists("METIS", graph);
    idx_t count = graph.vertices(), constraints = 1, wanted = parts, cut = 0;
    idx_t options[METIS_NOPTIONS];
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_SEED] = 1;
    options[METIS_OPTION_UFACTOR] = static_cast<idx_t>(1000 * imbalance);
    // Its random numbers are the C library's: of two calls at once neither has its own.
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    const int status = METIS_PartGraphKway(
        &count, &constraints, lists.start.data(), lists.neighbour.data(), nullptr, nullptr, nullptr,
        &wanted, nullptr, nullptr, options, &cut, lists.part.data());
    expect_cut(status == METIS_OK, "METIS", graph, parts);
    return {lists.part.begin(), lists.part.end()};
}

/// SCOTCH's objects, freed whatever happens. `bound` is `graph` with one thread and random numbers
/// of its own: otherwise parts change from call to call.
struct ScotchWork {
    ScotchWork() {
        SCOTCH_contextInit(&context);
        SCOTCH_graphInit(&graph);
        SCOTCH_graphInit(&bound);
        SCOTCH_stratInit(&strategy);
    }
    ScotchWork(const ScotchWork&) = delete;
    ScotchWork& operator=(const ScotchWork&) = delete;
    ~ScotchWork() {
        SCOTCH_stratExit(&strategy);
        SCOTCH_graphExit(&bound);
        SCOTCH_graphExit(&graph);
        SCOTCH_contextExit(&context);
    }
    bool bind() {
        if (SCOTCH_contextRandomClone(&context) != 0) return false;
        SCOTCH_contextRandomSeed(&context, 1);
        SCOTCH_contextRandomReset(&context);
        return SCOTCH_contextOptionSetNum(&context, SCOTCH_OPTIONNUMDETERMINISTIC, 1) == 0 &&
               SCOTCH_contextThreadSpawn(&context, 1, nullptr) == 0 &&
               SCOTCH_contextBindGraph(&context, &graph, &bound) == 0;
    }

    SCOTCH_Context context;
    SCOTCH_Graph graph, bound;
    SCOTCH_Strat strategy;
};

std::vector<std::int32_t> cut_by_scotch(const Graph& graph, std::int32_t parts) {
    Lists<SCOTCH_Num> lists("SCOTCH", graph);
    ScotchWork work;
    const bool is_cut =
        SCOTCH_graphBuild(&work.graph, 0, graph.vertices(), lists.start.data(), nullptr, nullptr,
                          nullptr, lists.start.back(), lists.neighbour.data(), nullptr) == 0 &&
        work.bind() &&
        SCOTCH_stratGraphMapBuild(&work.strategy, SCOTCH_STRATDEFAULT, parts, imbalance) == 0 &&
        SCOTCH_graphPart(&work.bound, parts, &work.strategy, lists.part.data()) == 0;
    expect_cut(is_cut, "SCOTCH", graph, parts);
    return {lists.part.begin(), lists.part.end()};
}

}  // namespace

std::vector<std::int32_t> partition(const Graph& graph, std::int32_t parts, Partitioner by) {
    if (parts < 1) throw asp::InputError(fmt::format("{} parts: expected 1 or more", parts));
    const auto vertices = static_cast<std::size_t>(graph.vertices());
    if (parts == 1 || vertices == 0) return std::vector<std::int32_t>(vertices, 0);
    return by == Partitioner::metis ? cut_by_metis(graph, parts) : cut_by_scotch(graph, parts);
}

}  // namespace krylov
