#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "krylov/experiment_files.hpp"
#include "krylov/plot.hpp"

namespace krylov {
namespace {

using Value = std::function<double(const CellResult&)>;

/// What tells the curves of a panel apart: all that varies in the experiment but matrix and k.
std::string curve_name(const Experiment& experiment, const Cell& cell) {
    std::string name = cell.method;
    if (experiment.storages.size() > 1) name += ", " + cell.storage;
    if (experiment.keeps.size() > 1) name += ", " + cell.keep;
    if (experiment.bases.size() > 1) name += ", " + cell.basis;
    if (experiment.vectors.size() > 1) name += fmt::format(", {} vectors", cell.vectors);
    return name + ", " + counted(cell.threads, "hart");
}

void add_point(Panel& panel, const std::string& name, double x, double y, bool is_limit = false) {
    if (!std::isfinite(y)) return;
    auto at = std::find_if(panel.curves.begin(), panel.curves.end(),
                           [&](const Curve& c) { return c.name == name; });
    if (at == panel.curves.end()) at = panel.curves.insert(at, Curve{name, {}, is_limit});
    const bool is_there = std::any_of(at->points.begin(), at->points.end(),
                                      [&](const auto& point) { return point[0] == x; });
    if (!is_there) at->points.push_back({x, y});
}

/// A panel for each matrix with results, filled by `add`.
std::vector<Panel> panels_of(const Experiment& experiment, const ExperimentRecord& record,
                             const std::function<void(Panel&, const CellResult&)>& add) {
    std::vector<Panel> panels;
    for (const std::string& matrix : experiment.matrices) {
        Panel panel{std::filesystem::path(matrix).filename().string(), {}};
        for (const CellResult& result : record.results)
            if (result.cell.matrix == matrix && result.failure.empty()) add(panel, result);
        for (Curve& curve : panel.curves) std::sort(curve.points.begin(), curve.points.end());
        if (!panel.curves.empty()) panels.push_back(std::move(panel));
    }
    return panels;
}

/// What DRAM allows, in ns for each nonzero and level. A vector costs one read and one write a
/// level, the write another read of its line.
void add_limits(Panel& panel, const ExperimentRecord& record, const CellResult& r) {
    const auto limits =
        std::find_if(record.limits.begin(), record.limits.end(),
                     [&](const HartSpeeds& l) { return l.threads == r.cell.threads; });
    if (limits == record.limits.end() || r.cell.vectors != 1) return;
    const double speed = read_speed(limits->speeds, "DRAM");
    const double vectors = 3.0 * 8.0 * static_cast<double>(r.rows);
    const double once_a_level = (r.csr_bytes + vectors) / speed;
    const double once = (r.matrix_bytes / r.cell.k + vectors) / speed;
    const auto nonzeros = static_cast<double>(r.nonzeros);
    const std::string harts = ", " + counted(r.cell.threads, "hart");
    add_point(panel, "DRAM limit, CSR read at each level" + harts, r.cell.k,
              1e9 * once_a_level / nonzeros, true);
    add_point(panel, "DRAM limit, the plan's matrix read once" + harts, r.cell.k,
              1e9 * once / nonzeros, true);
}

}  // namespace

std::string time_picture(const Experiment& experiment, const ExperimentRecord& record) {
    const auto panels = panels_of(experiment, record, [&](Panel& panel, const CellResult& r) {
        add_point(panel, curve_name(experiment, r.cell), r.cell.k, r.ns_per_nonzero(r.seconds));
        const std::string harts = ", " + counted(r.cell.threads, "hart");
        add_point(panel, "best plain products" + harts, r.cell.k,
                  r.ns_per_nonzero(r.plain_seconds));
        add_point(panel, "CSR products" + harts, r.cell.k, r.ns_per_nonzero(r.csr_seconds));
        add_limits(panel, record, r);
    });
    return draw({experiment.name, "k", "time for each nonzero and level [ns]", panels});
}

std::string speedup_picture(const Experiment& experiment, const ExperimentRecord& record) {
    const auto panels = panels_of(experiment, record, [&](Panel& panel, const CellResult& r) {
        add_point(panel, curve_name(experiment, r.cell), r.cell.k, r.plain_seconds / r.seconds);
        add_point(panel, "as fast as plain products", r.cell.k, 1.0, true);
    });
    return draw({experiment.name, "k", "speedup over the best plain products", panels});
}

}  // namespace krylov
