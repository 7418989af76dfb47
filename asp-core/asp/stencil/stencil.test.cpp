#include "asp/stencil/stencil.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/stencil/testing.hpp"

using namespace asp;
using asp::stencil::Call;
using asp::stencil::Feed;
using asp::stencil::Stencil;
using asp::stencil::testing::Builder;
using asp::stencil::testing::diffusion;
using asp::testing::message_of;
using ir::Edge;
using Role = ir::Field::Role;
using Kind = ir::Region::Kind;

namespace {

/// Native, where there is a compiler.
const Context& native() {
    static const Context context =
        process_context(jit::host_toolchain() ? Mode::required : Mode::off);
    return context;
}

using Values = std::vector<double>;
using Shape = std::array<long, 3>;

Values random_values(std::size_t count, std::uint64_t seed = 5) {
    std::mt19937_64 random(seed);
    Values values(count);
    for (double& x : values) x = static_cast<double>(random() >> 11U) * 0x1p-53;
    return values;
}

/// One step of diffusion by a plain loop; dimensions that are not there have one point and no
/// neighbours.
Values plain_diffusion(const Values& out, const Values& u, const Shape& n, std::size_t dimensions,
                       Edge edge, double c, double outside) {
    Values result = out;
    const auto index = [&](long i, long size) -> long {
        if (edge == Edge::periodic) return (i + size) % size;
        if (edge == Edge::neumann) return i < 0 ? 0 : i >= size ? size - 1 : i;
        return i;
    };
    for (long z = 0; z < n[0]; ++z)
        for (long y = 0; y < n[1]; ++y)
            for (long x = 0; x < n[2]; ++x) {
                const Shape at{z, y, x};
                double around = 0.0;
                bool is_inside = true;
                for (std::size_t d = 3 - dimensions; d < 3; ++d)
                    for (const long side : {-1L, 1L}) {
                        Shape to = at;
                        to[d] += side;
                        const bool leaves = to[d] < 0 || to[d] >= n[d];
                        is_inside = is_inside && !leaves;
                        to[d] = index(to[d], n[d]);
                        const bool has_value = to[d] >= 0 && to[d] < n[d];
                        around +=
                            has_value
                                ? u[static_cast<std::size_t>((to[0] * n[1] + to[1]) * n[2] + to[2])]
                                : outside;
                    }
                if (edge == Edge::none && !is_inside) continue;
                const auto here = static_cast<std::size_t>((z * n[1] + y) * n[2] + x);
                result[here] =
                    u[here] + c * (around - 2.0 * static_cast<double>(dimensions) * u[here]);
            }
    return result;
}

/// [d] outermost first, as the plain loop has it: the last `dimensions` of the three.
Shape last_of(const Shape& n, std::size_t dimensions) {
    Shape shape{};
    for (std::size_t d = 0; d < dimensions; ++d) shape[d] = n[3 - dimensions + d];
    return shape;
}

double largest_difference(const Values& a, const Values& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

const Shape shapes[][3] = {{{1, 1, 1}, {1, 1, 50}, {1, 1, 2500}},
                           {{1, 1, 1}, {1, 2, 3}, {1, 30, 41}},
                           {{1, 1, 1}, {3, 2, 5}, {19, 23, 29}}};

// Values are below 1 and a contracted product rounds once less.
constexpr double rounding = 1e-14;

}  // namespace

TEST_CASE("a step of a stencil is that of the plain loop, at every kind of edge") {
    for (const Edge edge : {Edge::none, Edge::periodic, Edge::neumann, Edge::dirichlet})
        for (const std::size_t dimensions : {1U, 2U, 3U}) {
            const Stencil stencil(diffusion(dimensions, edge, 0.25), native());
            for (const Shape& n : shapes[dimensions - 1]) {
                INFO("edge " << static_cast<int>(edge) << ", " << n[0] << " x " << n[1] << " x "
                             << n[2]);
                const auto points = static_cast<std::size_t>(n[0] * n[1] * n[2]);
                Values out = random_values(points, 1), u = random_values(points, 2);
                const Values expected = plain_diffusion(out, u, n, dimensions, edge, 0.1, 0.25);
                double* const fields[]{out.data(), u.data()};
                const double c = 0.1;
                stencil.run({last_of(n, dimensions), fields, {}, {&c, 1}});
                REQUIRE(largest_difference(out, expected) <= rounding);
            }
        }
}

TEST_CASE("steps that are made together are those of the plain loop, whatever their depth") {
    for (const Edge edge : {Edge::none, Edge::periodic, Edge::neumann, Edge::dirichlet})
        for (const std::size_t dimensions : {1U, 2U, 3U}) {
            Stencil stencil(diffusion(dimensions, edge, 0.25), native());
            for (const Shape& n : shapes[dimensions - 1])
                for (const long depth : {0L, 1L, 2L, 3L, 7L}) {
                    INFO("edge " << static_cast<int>(edge) << ", " << n[0] << " x " << n[1] << " x "
                                 << n[2] << ", depth " << depth);
                    const auto points = static_cast<std::size_t>(n[0] * n[1] * n[2]);
                    Values out = random_values(points, 1), u = random_values(points, 2);
                    const Values before = u;
                    Values expected = u;
                    for (int step = 0; step < 7; ++step)
                        expected =
                            plain_diffusion(expected, expected, n, dimensions, edge, 0.1, 0.25);
                    double* const fields[]{out.data(), u.data()};
                    const double c = 0.1;
                    const Feed feed{0, 1};
                    stencil.set_depth(depth);
                    stencil.iterate(7, {&feed, 1}, {last_of(n, dimensions), fields, {}, {&c, 1}});
                    REQUIRE(largest_difference(out, expected) <= 7 * rounding);
                    REQUIRE(u == before);
                }
        }
}

namespace {

/// out = u, and the sum, the largest and the least of u times the scalar.
ir::GridFunction extremes() {
    Builder b(2);
    const auto factor = b.scalar("factor");
    const std::size_t out = b.field("out", Role::written), u = b.field("u", Role::read);
    const auto value = b.load(u) * factor;
    b.loop(Kind::points)
        .store(out, b.load(u))
        .reduce(ir::Reduction::Kind::sum, 3.0, value)
        .reduce(ir::Reduction::Kind::maximum, -1.0, value)
        .reduce(ir::Reduction::Kind::minimum, 7.0, value);
    return b.function();
}

/// u = 2 u at every point, then out = the difference of its neighbours: old values of u are needed
/// by more than its own range.
ir::GridFunction in_place() {
    Builder b(3, Edge::periodic);
    const std::size_t u = b.field("u", Role::written), out = b.field("out", Role::written);
    b.loop(Kind::points).store(u, 2.0 * b.load(u));
    b.loop(Kind::points).store(out, b.load(u, {1, 0, 0}) - b.load(u, {-1, 0, 0}));
    return b.function();
}

}  // namespace

TEST_CASE("a stencil returns sums and extremes, to the bit the same with a team") {
    const Stencil stencil(extremes(), native());
    constexpr long rows = 301, columns = 203;
    Values u = random_values(rows * columns), out(u.size());
    double* const fields[]{out.data(), u.data()};
    const double factor = 2.0;
    const Call call{{rows, columns}, fields, {}, {&factor, 1}};
    double alone[3], together[3];
    stencil.run(call, alone);
    HartPool pool(4);
    stencil.run(call, together, pool);
    double sum = 3.0;
    for (const double x : u) sum += 2.0 * x;
    REQUIRE(alone[0] == Approx(sum).epsilon(1e-12));  // in another order
    REQUIRE(alone[1] == 2.0 * *std::max_element(u.begin(), u.end()));
    REQUIRE(alone[2] == 2.0 * *std::min_element(u.begin(), u.end()));
    for (int k = 0; k < 3; ++k) REQUIRE(alone[k] == together[k]);
    REQUIRE(out == u);
}

TEST_CASE("extremes leave NaN out, wherever it stands") {
    const Stencil stencil(extremes(), native());
    const double factor = 2.0;
    for (const long columns : {1, 2, 5, 16, 67})
        for (long rows = 1; rows <= 3; ++rows)
            for (long bad = 0; bad < rows * columns; ++bad) {
                Values u(static_cast<std::size_t>(rows * columns), 0.25), out(u.size());
                double* const fields[]{out.data(), u.data()};
                const auto extreme = [&] {
                    std::array<double, 3> returned{};
                    stencil.run({{rows, columns}, fields, {}, {&factor, 1}}, returned);
                    return std::array{returned[1], returned[2]};
                };
                u.front() = 3.0, u.back() = -2.0;
                u[static_cast<std::size_t>(bad)] = std::numeric_limits<double>::quiet_NaN();
                double largest = -1.0, least = 7.0;
                for (const double x : u) {
                    if (2.0 * x > largest) largest = 2.0 * x;
                    if (2.0 * x < least) least = 2.0 * x;
                }
                INFO(rows << " x " << columns << ", NaN at " << bad);
                REQUIRE(extreme() == std::array{largest, least});
            }
}

TEST_CASE("a grid without points returns what the reductions start with") {
    const Stencil stencil(extremes(), native());
    double* const fields[]{nullptr, nullptr};
    const double factor = 2.0;
    double returned[3];
    stencil.run({{0, 5}, fields, {}, {&factor, 1}}, returned);
    REQUIRE(returned[0] == 3.0);
    REQUIRE(returned[1] == -1.0);
    REQUIRE(returned[2] == 7.0);
}

TEST_CASE("a field that is changed in place is read by all as it was, with a team too") {
    const Stencil stencil(in_place(), native());
    constexpr long n = 41;
    const Values before = random_values(n * n * n);
    HartPool pool(4);
    for (int round = 0; round < 10; ++round) {
        Values u = before, out(u.size());
        double* const fields[]{u.data(), out.data()};
        stencil.run({{n, n, n}, fields, {}, {}}, {}, pool);
        Values expected(u.size());
        for (std::size_t i = 0; i < u.size(); ++i) {
            const std::size_t plane = n * n, size = u.size();
            expected[i] =
                2.0 * before[(i + plane) % size] - 2.0 * before[(i + size - plane) % size];
            REQUIRE(u[i] == 2.0 * before[i]);
        }
        REQUIRE(out == expected);
    }
}

TEST_CASE("steps of a team are to the bit those of one thread") {
    Stencil stencil(diffusion(3, Edge::neumann), native());
    constexpr long n = 37;
    Values u = random_values(n * n * n), alone(u.size()), together(u.size());
    const double c = 0.1;
    const Feed feed{0, 1};
    HartPool pool(4);
    double* fields[]{alone.data(), u.data()};
    stencil.iterate(9, {&feed, 1}, {{n, n, n}, fields, {}, {&c, 1}});
    fields[0] = together.data();
    stencil.iterate(9, {&feed, 1}, {{n, n, n}, fields, {}, {&c, 1}}, {}, pool);
    REQUIRE(alone == together);
}

TEST_CASE("steps that are stopped leave what the last whole step wrote") {
    Stencil stencil(diffusion(2, Edge::neumann), native());
    constexpr long n = 23;
    const double c = 0.1;
    const Feed feed{0, 1};
    for (const long depth : {1, 3})
        for (const long passes : {1, 2, 3, 4}) {
            stencil.set_depth(depth);
            Values u = random_values(n * n), stopped(u.size()), expected(u.size());
            const Values before = u;
            double* fields[]{stopped.data(), u.data()};
            long asked = 0;
            REQUIRE(!stencil.iterate(5 * depth, {&feed, 1}, {{n, n}, fields, {}, {&c, 1}}, {},
                                     nullptr, [&] { return ++asked == passes; }));
            fields[0] = expected.data();
            REQUIRE(stencil.iterate(passes * depth, {&feed, 1}, {{n, n}, fields, {}, {&c, 1}}));
            REQUIRE(stopped == expected);
            REQUIRE(u == before);
        }
}

TEST_CASE("rows and planes of a stencil's fields may lie apart") {
    const Stencil stencil(diffusion(2, Edge::none), native());
    Values wide_u = random_values(20 * 64), wide_out(20 * 64, -1.0), u, out(20 * 50, -1.0);
    for (std::size_t y = 0; y < 20; ++y) u.insert(u.end(), &wide_u[y * 64], &wide_u[y * 64] + 50);
    const double c = 0.1;
    double* const fields[]{wide_out.data(), wide_u.data()};
    const std::array<long, 3> strides[]{{64, 1, 0}, {64, 1, 0}};
    stencil.run({{20, 50}, fields, strides, {&c, 1}});
    const Values expected = plain_diffusion(out, u, {1, 20, 50}, 2, Edge::none, 0.1, 0.0);
    for (std::size_t y = 0; y < 20; ++y)
        for (std::size_t x = 0; x < 64; ++x)
            REQUIRE(std::abs(wide_out[y * 64 + x] - (x < 50 ? expected[y * 50 + x] : -1.0)) <=
                    rounding);
}

TEST_CASE("a written field that overlaps one that is read elsewhere is refused, with both names") {
    const Stencil stencil(diffusion(1, Edge::none), native());
    Values u(100);
    const double c = 0.1;
    double* const fields[]{u.data() + 1, u.data()};
    REQUIRE(
        message_of<InputError>([&] {
            stencil.run({{99}, fields, {}, {&c, 1}});
        }) ==
        "f: 'out', which is written, overlaps 'u', which is read: expected arrays of their own; "
        "pass a copy of one");
}

TEST_CASE("a stencil's calls say what does not fit") {
    const Stencil stencil(diffusion(2, Edge::none), native());
    Values u(30), out(30);
    const double c = 0.1;
    double* const fields[]{out.data(), u.data()};
    const std::array<long, 3> strides[]{{1, 6, 0}, {6, 1, 0}};
    const Feed backwards{1, 0};
    const Call call{{5, 6}, fields, {}, {&c, 1}};
    REQUIRE(message_of<InputError>([&] {
                stencil.run({{5, 6}, fields, {}, {}});
            }) == "f: 0 scalars: expected 1");
    REQUIRE(message_of<InputError>([&] {
                stencil.run({{5, -6}, fields, {}, {&c, 1}});
            }) == "f: expected a shape that is not negative");
    REQUIRE(message_of<InputError>([&] {
                stencil.run({{5, 6}, fields, strides, {&c, 1}});
            }) ==
            "f: 'out': values along the last dimension are 6 apart: expected 1; pass a contiguous "
            "array");
    REQUIRE(message_of<InputError>([&] { stencil.iterate(0, {}, call); }) ==
            "f: 0 steps: expected at least 1");
    REQUIRE(message_of<InputError>([&] {
                stencil.iterate(2, {&backwards, 1}, call);
            }) == "f: 'u' cannot feed 'out': expected a written field and one that is only read");
}
