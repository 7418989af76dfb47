// Aortic bifurcation; README.md tells what is compared and why the tolerances are what they are.
#include <algorithm>
#include <cmath>

#include "asp/base/testing.hpp"
#include "validation/waveforms.hpp"

using namespace validation;

namespace {

Reference::Row metrics_at(const std::string& location) {
    const Reference metrics("validation/ibif/error_metrics.csv");
    for (const auto& row : metrics.rows())
        if (row.at("solver") == "fvm1d" && row.at("location") == location) return row;
    FAIL("no metrics for " << location);
    return {};
}

}  // namespace

TEST_CASE("a bifurcation splits waves as it must", "[ibif]") {
    const ScratchFolder folder;
    // The fields are for the end of the aorta: the benchmark's value belongs to its last cell.
    simulate("configs/ibif.yaml", folder.path(), {"output.fields.rate_hz=1000"});
    const Results results(folder.path());
    const Table table("ibif");
    const Reference middle("validation/ibif/waveform_aorta_mid.csv");
    check_place({table, "middle of the aorta", middle, metrics_at("aorta_mid"), 1.1, 0.001},
                results.at("aorta", Place::middle));
    const Reference junction("validation/ibif/waveform_junction.csv");
    check_place({table, "end of the aorta", junction, metrics_at("junction"), 1.1, 0.001},
                results.last_cell("aorta"));

    const Series aorta = results.at("aorta", Place::outlet);
    const Series left = results.at("left_iliac", Place::inlet);
    const Series right = results.at("right_iliac", Place::inlet);
    // Exact for a periodic state; what is left is periodicity.
    for (const char* iliac : {"left_iliac", "right_iliac"})
        CHECK(table.agrees(
            std::string("mean pressure at the end of ") + iliac + ", (R1 + R2) mean Q/2 [Pa]",
            mean(results.at(iliac, Place::outlet).pressure),
            (6.8123e7 + 3.1013e9) * 0.5 * 7.9853e-6, relative(5e-4)));
    double peak = 0.0, imbalance = 0.0, asymmetry = 0.0;
    for (std::size_t k = 0; k < aorta.flow.size(); ++k) {
        peak = std::max(peak, std::abs(aorta.flow[k]));
        imbalance = std::max(imbalance, std::abs(aorta.flow[k] - left.flow[k] - right.flow[k]));
        asymmetry = std::max(asymmetry, std::abs(left.flow[k] - right.flow[k]));
    }
    CHECK(table.agrees("left minus right iliac flow, largest [mL/s]", 1e6 * asymmetry, 0.0,
                       absolute(0.0)));
    // Round-off.
    CHECK(table.agrees("flow lost at the node over the peak", imbalance / peak, 1e-12, at_most));
}
