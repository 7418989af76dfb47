#include "asp/pointwise/evaluator.hpp"

#include "asp/base/testing.hpp"
#include "asp/harts/hart_pool.hpp"

using namespace asp;
using asp::pointwise::Evaluator;

namespace {

Problem problem_of(const std::string& text) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<const ir::Source>(ir::Source{"test", text, 1});
    const auto problem =
        parse_problem(pointwise::Pointwise(), source, {}, {{"numbers", 2}}, diagnostics);
    diagnostics.throw_if_any();
    return *problem;
}

Evaluator interpreted(const std::string& text) {
    Context context;
    context.mode = Mode::off;
    return {problem_of(text), context};
}

}  // namespace

TEST_CASE("values do not depend on how many harts there are") {
    const Evaluator evaluator = interpreted("def f(x, k): return sin(k * x)");
    HartPool pool(4);
    const double k = 0.01;
    for (const long n : {0L, 1L, evaluator.many() - 1, 3 * evaluator.many() + 7, 1000'003L}) {
        std::vector<double> x(static_cast<std::size_t>(n)), alone(x.size()), shared(x.size(), 9.0);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
        void* first[] = {x.data(), alone.data()};
        void* second[] = {x.data(), shared.data()};
        evaluator.run({first, &k, nullptr}, n);
        evaluator.run({second, &k, nullptr}, n, pool);
        REQUIRE(alone == shared);
    }
}

TEST_CASE("the dearer a point, the fewer are worth sharing") {
    const long cheap = interpreted("def f(x, k): return k * x").many();
    const long dear = interpreted("def f(x, k): return sin(x) + cos(k * x) + exp(x)").many();
    REQUIRE(dear < cheap);
    REQUIRE(dear % 64 == 0);
    REQUIRE(cheap % 64 == 0);
}
