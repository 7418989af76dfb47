#include "asp/newton/newton.bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>

#include "asp/base/error.hpp"
#include "asp/newton/testing.hpp"

namespace asp::newton {
namespace {

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

constexpr double tolerance = 1e-8;
constexpr int most_steps = 50;

/// An end of a vessel at a junction.
struct End {
    double stiffness, rest_head, slope, arrived, arrived_velocity;
};

struct Junction {
    double x[4];  ///< three ends' A^(1/4), the head
    double size[4];
    End ends[3];
};

Junction load(const Array<double, 2>& unknowns, const Array<double, 2>& p, std::size_t s) {
    Junction j{};
    for (std::size_t k = 0; k < 4; ++k) {
        j.x[k] = unknowns(k, s);
        j.size[k] = std::abs(j.x[k]);
    }
    for (std::size_t e = 0; e < 3; ++e) {
        const double k = p(e, s), x0 = p(3 + e, s);
        j.ends[e] = {k, k * x0 * x0, 4.0 * std::sqrt(0.5 * k), p(6 + e, s), p(9 + e, s)};
    }
    return j;
}

bool moves(const Junction& j, int k, double step) {
    return !(std::abs(step) <= tolerance * std::max(std::abs(j.x[k]), j.size[k]));
}

/// One step by elimination with pivoting; whether any unknown still moved.
bool textbook_step(Junction& j) {
    double f[4]{}, a[4][4]{};
    for (int e = 0; e < 3; ++e) {
        const End& end = j.ends[e];
        const double x = j.x[e], square = x * x;
        const double u = end.arrived_velocity - end.slope * (x - end.arrived);
        f[e] = end.stiffness * square - end.rest_head + 0.5 * u * u - j.x[3];
        a[e][e] = 2.0 * end.stiffness * x - end.slope * u;
        a[e][3] = -1.0;
        f[3] += square * square * u;
        a[3][e] = square * (4.0 * x * u - square * end.slope);
    }
    for (int k = 0; k < 4; ++k) {
        int pivot = k;
        for (int i = k + 1; i < 4; ++i)
            if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
        if (pivot != k) {
            std::swap(a[k], a[pivot]);
            std::swap(f[k], f[pivot]);
        }
        for (int i = k + 1; i < 4; ++i) {
            const double factor = a[i][k] / a[k][k];
            for (int l = k + 1; l < 4; ++l) a[i][l] -= factor * a[k][l];
            f[i] -= factor * f[k];
        }
    }
    bool any = false;
    for (int k = 3; k >= 0; --k) {
        for (int l = k + 1; l < 4; ++l) f[k] -= a[k][l] * f[l];
        f[k] /= a[k][k];
        any |= moves(j, k, f[k]);
        j.x[k] -= f[k];
    }
    return any;
}

/// One step with the elimination by hand: each end knows itself and the head only.
bool arrow_step(Junction& j) {
    double flow = 0.0, flow_slope = 0.0, defect[3], gain[3];
    for (int e = 0; e < 3; ++e) {
        const End& end = j.ends[e];
        const double x = j.x[e], square = x * x;
        const double u = end.arrived_velocity - end.slope * (x - end.arrived);
        gain[e] = 1.0 / (2.0 * end.stiffness * x - end.slope * u);
        defect[e] = j.x[3] - (end.stiffness * square - end.rest_head + 0.5 * u * u);
        const double slope = square * (4.0 * x * u - square * end.slope) * gain[e];
        flow += square * square * u + slope * defect[e];
        flow_slope += slope;
    }
    const double head_step = -flow / flow_slope;
    bool any = moves(j, 3, head_step);
    for (int e = 0; e < 3; ++e) {
        const double step = gain[e] * (defect[e] + head_step);
        any |= moves(j, e, step);
        j.x[e] += step;
    }
    j.x[3] += head_step;
    return any;
}

/// The scalar loop; gives the number of steps of all systems.
template <class Step>
long solve_one_by_one(Array<double, 2>& unknowns, const Array<double, 2>& parameters, Step&& step) {
    long steps = 0;
    for (std::size_t s = 0; s < unknowns.extent(1); ++s) {
        Junction j = load(unknowns, parameters, s);
        for (int k = 0; k < most_steps; ++k) {
            ++steps;
            if (!step(j)) break;
        }
        for (std::size_t k = 0; k < 4; ++k) unknowns(k, s) = j.x[k];
    }
    return steps;
}

double largest_difference(const Array<double, 2>& a, const Array<double, 2>& b) {
    double largest = 0.0;
    for (std::size_t e = 0; e < 3; ++e)
        for (std::size_t s = 0; s < a.extent(1); ++s)
            largest = std::max(largest, std::abs(a(e, s) / b(e, s) - 1.0));
    return largest;
}

}  // namespace

std::vector<BenchmarkRow> benchmark_junctions(const Context& context, std::size_t systems,
                                              int rounds) {
    ASP_ASSERT(systems > 0 && rounds > 0);
    const testing::Junctions batch(systems);
    const Solver solver(testing::junction_problem(), context);
    solver.kernel().wait();
    constexpr double never = 1e300;
    std::vector<BenchmarkRow> rows{{"junctions, textbook", never, never, 0.0, 0.0},
                                   {"junctions, arrow", never, never, 0.0, 0.0}};
    for (int round = 0; round < rounds; ++round) {
        Array<double, 2> ours = batch.unknowns;
        const double start = cpu_seconds();
        const Report report = solver.solve(ours, batch.parameters, {});
        const double seconds = cpu_seconds() - start;
        ASP_ASSERT(report.all_converged());
        for (std::size_t r = 0; r < rows.size(); ++r) {
            Array<double, 2> theirs = batch.unknowns;
            const double begin = cpu_seconds();
            const long steps = r == 0 ? solve_one_by_one(theirs, batch.parameters, textbook_step)
                                      : solve_one_by_one(theirs, batch.parameters, arrow_step);
            rows[r].reference_seconds = std::min(rows[r].reference_seconds, cpu_seconds() - begin);
            rows[r].ours_seconds = std::min(rows[r].ours_seconds, seconds);
            rows[r].largest_difference = largest_difference(ours, theirs);
            rows[r].steps = static_cast<double>(steps) / static_cast<double>(systems);
        }
    }
    return rows;
}

double seconds_to_first_answer() {
    testing::Junctions batch(1);
    Context context;
    context.mode = Mode::off;  // how long the compiler takes in the background is another matter
    const auto start = std::chrono::steady_clock::now();
    const Solver solver(testing::junction_problem(), context);
    const Report report = solver.solve(batch.unknowns, batch.parameters, {});
    ASP_ASSERT(report.all_converged());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace asp::newton
