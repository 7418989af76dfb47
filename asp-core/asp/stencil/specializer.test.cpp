#include "asp/stencil/specializer.hpp"

#include "asp/specialize/conformance.hpp"
#include "asp/specialize/nvcc.hpp"
#include "asp/stencil/encode.hpp"
#include "asp/stencil/testing.hpp"

using namespace asp;
using asp::stencil::testing::Builder;
using asp::stencil::testing::diffusion;
using ir::Edge;

namespace {

const stencil::StencilSpecializer specializer;

asp::testing::ConformanceProblem conformance_problem(const ir::GridFunction& function) {
    const Problem problem = stencil::encode(function);
    return {problem.function, problem.constants};
}

}  // namespace

TEST_CASE("the stencil specializer keeps what every specializer promises, of one loop") {
    std::vector<asp::testing::ConformanceProblem> problems;
    for (const std::size_t dimensions : {1U, 2U, 3U})
        problems.push_back(conformance_problem(diffusion(dimensions, Edge::none)));
    asp::testing::check_conformance(specializer, problems);
}

TEST_CASE("the stencil specializer keeps its promises at every kind of edge") {
    std::vector<asp::testing::ConformanceProblem> problems;
    for (const Edge edge : {Edge::periodic, Edge::neumann, Edge::dirichlet})
        for (const std::size_t dimensions : {1U, 2U, 3U})
            problems.push_back(conformance_problem(diffusion(dimensions, edge, 1.25)));
    asp::testing::check_conformance(specializer, problems);
}

namespace {

using Role = ir::Field::Role;
using Kind = ir::Region::Kind;

/// A gradient, a sum of its squares at a distance, a border that looks inward, a field updated in
/// place, and reductions.
ir::GridFunction several_loops(std::size_t dimensions, Edge edge) {
    Builder b(dimensions, edge, -0.5);
    const auto c = b.scalar("c");
    const std::size_t out = b.field("out", Role::written), u = b.field("u", Role::read);
    const std::size_t count = b.field("count", Role::written);
    const std::size_t slope = b.field("slope", Role::temporary);
    ir::Offset left{}, right{}, far{};
    left[dimensions - 1] = -1;
    right[0] = 1;
    far[0] = -2;
    if (dimensions > 1) far[1] = 1;
    b.loop(Kind::points).store(slope, b.load(u, right) - b.load(u, left));
    b.loop(Kind::interior, {1, 1, 1})
        .store(out,
               b.load(u) + c * (b.load(slope, far) + b.load(slope, left) * b.index(0) / b.shape(0)))
        .store(count, b.load(count) + 1.0 / b.shape(dimensions - 1))
        .reduce(ir::Reduction::Kind::sum, 1.0, b.load(slope, right));
    b.loop(Kind::border, {1, 1, 1})
        .store(out, 2.0 * b.load(slope) - b.index(dimensions - 1) / b.shape(0))
        .reduce(ir::Reduction::Kind::maximum, 0.0, b.load(u) * b.load(count, right));
    b.loop(Kind::points).reduce(ir::Reduction::Kind::minimum, 9.0, b.load(out, far));
    return b.function();
}

}  // namespace

TEST_CASE("the stencil specializer keeps its promises with several loops in one sweep") {
    std::vector<asp::testing::ConformanceProblem> problems;
    for (const Edge edge : {Edge::periodic, Edge::neumann, Edge::dirichlet})
        for (const std::size_t dimensions : {1U, 2U, 3U})
            problems.push_back(conformance_problem(several_loops(dimensions, edge)));
    asp::testing::check_conformance(specializer, problems);
}

TEST_CASE("the CUDA compiler takes the stencil specializer's text") {
    const auto nvcc = asp::testing::find_nvcc();
    if (!nvcc) {
        WARN("no nvcc: the text for CUDA is not compiled");
        return;
    }
    for (const std::size_t dimensions : {1U, 3U}) {
        const Problem problem = stencil::encode(several_loops(dimensions, Edge::neumann));
        const auto variant = specializer.space(problem, jit::measure_platform()).default_variant();
        REQUIRE(asp::testing::nvcc_complaints(
                    *nvcc, specializer.lower(problem, variant, Target::cuda)) == "");
    }
}

TEST_CASE("a grid function that cannot be run is refused with what is wrong") {
    const auto complaint = [](const ir::GridFunction& function) {
        const Problem problem = stencil::encode(function);
        Diagnostics diagnostics;
        REQUIRE(!specializer.parse(problem.function, problem.constants, diagnostics));
        return diagnostics.lines().front();
    };
    Builder open(1);
    const std::size_t u = open.field("u", Role::written);
    open.loop(Kind::points).store(u, open.load(u, {1, 0, 0}));
    REQUIRE(complaint(open.function()) == "stencil: f: loop 1 writes 'u' and reads it elsewhere");
    Builder outside(1);
    const std::size_t out = outside.field("out", Role::written), v = outside.field("v", Role::read);
    outside.loop(Kind::interior, {1, 0, 0}).store(out, outside.load(v, {-2, 0, 0}));
    REQUIRE(complaint(outside.function()) == "stencil: f: loop 1 reads 'v' outside the grid");
    Builder empty(1);
    empty.field("out", Role::written);
    empty.loop(Kind::points);
    REQUIRE(complaint(empty.function()) ==
            "stencil: f: loop 1 has neither a store nor a reduction");
}
