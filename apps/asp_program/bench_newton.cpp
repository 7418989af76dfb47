#include "asp/newton/newton.bench.hpp"
#include "asp_program/benchmark.hpp"

namespace asp_program {

void bench_newton(Rows& rows) {
    const asp::Context context = asp::process_context(asp::Mode::required);
    for (const asp::newton::BenchmarkRow& row :
         asp::newton::benchmark_junctions(context, 1000000, 3)) {
        const bool is_textbook = row.name.find("textbook") != std::string::npos;
        rows.push_back({"newton, a million " + row.name, 1, row.ours_seconds, row.reference_seconds,
                        "s", "scalar C++, as many steps",
                        is_textbook ? Bar::least_ratio : Bar::none, 4.0});
    }
}

}  // namespace asp_program
