// Riemann problems; README.md tells what is compared and the reasons.
#include <algorithm>
#include <cmath>

#include "asp/base/testing.hpp"
#include "validation/reference.hpp"
#include "validation/solver_run.hpp"
#include "validation/table.hpp"

using namespace validation;

namespace {

constexpr double end_time = 0.05;  // [s] no wave reaches an end
constexpr double jump = 0.5;       // [m] from the inlet of a tube of 1 m

struct State {
    double area, velocity;
};

/// A row of exact.csv: c^2 = beta sqrt(A)/(2 rho), and u +- 4c are the Riemann invariants.
struct Problem {
    explicit Problem(const Reference::Row& row)
        : name(row.at("test")),
          beta(number(row, "beta_pa_m")),
          density(number(row, "density_kg_m3")),
          left{number(row, "left_area_m2"), number(row, "left_velocity_m_s")},
          right{number(row, "right_area_m2"), number(row, "right_velocity_m_s")},
          star{number(row, "star_area_m2"), number(row, "star_velocity_m_s")},
          left_head(number(row, "left_head_m_s")),
          left_tail(number(row, "left_tail_m_s")),
          right_head(number(row, "right_head_m_s")),
          right_tail(number(row, "right_tail_m_s")),
          shock(row.at("right_wave") == "shock") {}

    double speed(double area) const { return std::sqrt(beta * std::sqrt(area) / (2.0 * density)); }
    double area_of(double c) const { return std::pow(2.0 * density * c * c / beta, 2.0); }

    /// Exact area on the ray x/t.
    double area(double ray) const {
        if (ray < left_head) return left.area;
        if (ray < left_tail) return area_of((left.velocity + 4.0 * speed(left.area) - ray) / 5.0);
        if (ray < right_tail) return star.area;
        if (ray < right_head)
            return area_of((ray - right.velocity + 4.0 * speed(right.area)) / 5.0);
        return right.area;
    }

    std::string name;
    double beta, density;
    State left, right, star;
    double left_head, left_tail, right_head, right_tail;
    bool shock;
};

/// One metre of the wall of exact.csv, without friction and with a flat profile: an exponent so
/// large that (zeta + 2)/(zeta + 1) rounds to 1.
bloodflow::Network tube() {
    bloodflow::Network network;
    network.blood = {.density = 1060.0, .viscosity = 0.0, .profile_exponent = 1e17};
    network.nodes = {{"begin", {}}, {"end", {1.0, 0.0, 0.0}}};
    network.vessels = {{.name = "tube",
                        .from = 0,
                        .to = 1,
                        .length = 1.0,
                        .radius = {12e-3, 12e-3},
                        .wall_thickness = {1.2e-3, 1.2e-3},
                        .young_modulus = {4e5, 4e5},
                        .poisson_ratio = 0.5,
                        .reference_pressure = 0.0}};
    return network;
}

/// The tube at the end: held at its ends to the flow that is there anyway.
struct Solved {
    explicit Solved(const Problem& p, double cell_length)
        : run(tube(),
              {{0, bloodflow::Waveform::constant(p.left.area * p.left.velocity)},
               {1, bloodflow::Waveform::constant(-p.right.area * p.right.velocity)}},
              cell_length) {
        const auto side = [&](double x) { return x < jump ? p.left : p.right; };
        run.solver->load(run.state([&](double x) { return side(x).area; },
                                   [&](double x) { return side(x).velocity; }));
        start_volume = run.volume();
        run.advance_to(end_time);
        area = run.solver->area(0);
        velocity = run.solver->velocity(0);
        dx = run.mesh.vessels[0].length;
    }
    double place(std::size_t i) const { return (static_cast<double>(i) + 0.5) * dx - jump; }

    SolverRun run;
    double start_volume, dx;
    std::span<const double> area, velocity;
};

double l1_error(const Problem& p, const Solved& s) {
    double error = 0.0, sum = 0.0;
    for (std::size_t i = 0; i < s.area.size(); ++i) {
        constexpr int points = 200;  // of a cell's mean; only a shock's own cell needs them
        double exact = 0.0;
        for (int k = 0; k < points; ++k)
            exact += p.area((s.place(i) + ((k + 0.5) / points - 0.5) * s.dx) / end_time) / points;
        error += std::abs(s.area[i] - exact);
        sum += exact;
    }
    return error / sum;
}

/// Mean over the middle half between the inner ends of both waves.
State star_state(const Problem& p, const Solved& s) {
    const double low = p.left_tail * end_time, high = p.right_tail * end_time;
    State mean{0.0, 0.0};
    double count = 0.0;
    for (std::size_t i = 0; i < s.area.size(); ++i) {
        if (std::abs(s.place(i) - 0.5 * (low + high)) > 0.25 * (high - low)) continue;
        mean.area += s.area[i];
        mean.velocity += s.velocity[i];
        count += 1.0;
    }
    return {mean.area / count, mean.velocity / count};
}

/// Where the area passes the mean of both sides of the shock.
double shock_position(const Problem& p, const Solved& s) {
    const double half = 0.5 * (p.star.area + p.right.area);
    std::size_t i = s.area.size() - 1;
    while (s.area[i] < half) --i;
    return s.place(i) + s.dx * (s.area[i] - half) / (s.area[i] - s.area[i + 1]);
}

}  // namespace

TEST_CASE("two states develop into the exact pattern of waves", "[riemann]") {
    const Table table("riemann");
    const Reference exact("validation/riemann/exact.csv");
    for (const auto& row : exact.rows()) {
        const Problem p(row);
        const Solved s(p, 1e-3), finer(p, 0.5e-3);
        const State star = star_state(p, s);
        // Away from waves only the trace of the smeared start is left.
        CHECK(table.agrees(p.name + ": area between the waves [m2]", star.area, p.star.area,
                           relative(1e-4)));
        CHECK(table.agrees(p.name + ": velocity between the waves [m/s]", star.velocity,
                           p.star.velocity, absolute(1e-4)));
        // A conservative scheme moves a shock at the right speed.
        if (p.shock)
            CHECK(table.agrees(p.name + ": position of the shock [m]", shock_position(p, s),
                               p.right_head * end_time, absolute(s.dx)));
        const double error = l1_error(p, s);
        // Smeared shock and rounded kinks; limited linear slopes reach 0.025 to 0.034 %.
        CHECK(table.agrees(p.name + ": L1 error of the area over its mean [%]", 100.0 * error, 0.05,
                           at_most));
        // Shocks and kinks limit any scheme to about first order.
        CHECK(table.agrees(p.name + ": order in L1, 1 mm against 0.5 mm",
                           std::log2(error / l1_error(p, finer)), 0.9, at_least));
        const double passed =
            end_time * (p.left.area * p.left.velocity - p.right.area * p.right.velocity);
        // Round-off.
        CHECK(table.agrees(p.name + ": volume against start and what passed the ends [m3]",
                           s.run.volume(), s.start_volume + passed, relative(1e-12)));
    }
}
