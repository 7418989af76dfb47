// Common carotid artery; README.md tells what is compared and why the tolerances are what they are.
#include "asp/base/testing.hpp"
#include "validation/waveforms.hpp"

using namespace validation;

TEST_CASE("waves in a carotid artery differ from 3-D as a 1-D model must", "[cca]") {
    const ScratchFolder folder;
    simulate("configs/cca.yaml", folder.path());
    const Results results(folder.path());
    const Table table("cca");
    const Reference waveforms("validation/cca/waveform_mid.csv");
    const Reference metrics("validation/cca/error_metrics.csv");
    check_place({table, "middle", waveforms, metrics.row("solver", "fvm1d"), 1.1, 0.056},
                results.at("common_carotid", Place::middle));

    // Exact for a periodic state; what is left is periodicity.
    const Series outlet = results.at("common_carotid", Place::outlet);
    CHECK(table.agrees("mean pressure at the outlet, (R1 + R2) mean Q [Pa]", mean(outlet.pressure),
                       (2.4875e8 + 1.8697e9) * 6.5e-6, relative(5e-4)));
    for (const auto& [place, name] :
         {std::pair{Place::inlet, "inlet"}, std::pair{Place::middle, "middle"},
          std::pair{Place::outlet, "outlet"}})
        CHECK(table.agrees(std::string("mean flow, ") + name + " [mL/s]",
                           1e6 * mean(results.at("common_carotid", place).flow), 6.5,
                           relative(1e-4)));
}
