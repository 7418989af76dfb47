#include "asp/stencil/stencil.bench.hpp"
#include "asp_program/benchmark.hpp"

namespace asp_program {

void bench_stencil(Rows& rows) {
    const asp::Context context = asp::process_context(asp::Mode::required);
    asp::HartPool& pool = asp::HartPool::process();
    for (const asp::stencil::BenchmarkRow& row :
         asp::stencil::benchmark_sweeps(context, pool, 256, 4096, 9)) {
        const bool is_sweep = row.reference_name == "copy of the field";
        rows.push_back({"stencil, " + row.name, pool.harts(), row.ours_seconds,
                        row.ratio * row.ours_seconds, "s", row.reference_name,
                        is_sweep ? Bar::least_ratio : Bar::none, 0.9});
    }
    rows.push_back({"stencil, call on 3^3 points", 1, asp::stencil::seconds_per_tiny_call(context),
                    no_reference, "s"});
}

}  // namespace asp_program
