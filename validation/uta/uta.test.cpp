// Upper thoracic aorta; README.md tells what is compared and why the tolerances are what they are.
#include <algorithm>
#include <cmath>

#include "asp/base/testing.hpp"
#include "bloodflow/read_network.hpp"
#include "validation/waveforms.hpp"

using namespace validation;

namespace {

double expected(const std::string& quantity) {
    return number(Reference("validation/uta/expected.csv").row("quantity", quantity), "value");
}

double rms_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
    return std::sqrt(sum / static_cast<double>(a.size()));
}

}  // namespace

TEST_CASE("the wall of the thoracic aorta gives wave speed and impedance", "[uta]") {
    asp::Diagnostics diagnostics;
    const bloodflow::Network network =
        bloodflow::read_network("meshes/boileau2015-uta.yaml", diagnostics).network;
    const bloodflow::WallSection wall = network.vessels.at(0).wall(0.0);
    const double speed = wall.wave_speed(wall.reference_area, network.blood.density);
    const double impedance = network.blood.density * speed / wall.reference_area;
    const double proximal = network.terminals.at(0).proximal_resistance;
    const Table table("uta");
    // Closed forms, printed with seven digits.
    CHECK(table.agrees("wave speed at the reference pressure [m/s]", speed,
                       expected("wave_speed_at_reference_pressure"), relative(1e-5)));
    CHECK(table.agrees("characteristic impedance there [Pa s/m3]", impedance,
                       expected("characteristic_impedance_at_reference_pressure"), relative(1e-5)));
    CHECK(table.agrees("area at zero pressure [m2]", wall.area(0.0),
                       expected("area_at_zero_pressure"), relative(1e-5)));
    // The proximal resistance has five digits.
    CHECK(table.agrees("reflection at the outlet's front, (R1 - Z)/(R1 + Z)",
                       (proximal - impedance) / (proximal + impedance), -1.5e-5, absolute(1e-6)));
}

TEST_CASE("mean pressure and flow follow from the windkessel, whatever the cells", "[uta]") {
    const ScratchFolder folder, finer_folder;
    simulate("configs/uta.yaml", folder.path());
    simulate("configs/uta.yaml", finer_folder.path(), {"numerics.cell_length_mm=0.5"});
    const Results results(folder.path()), finer(finer_folder.path());
    const auto at = [&](Place place) { return results.at("thoracic_aorta", place); };
    const Table table("uta");
    // Exact for a periodic state; what is left is periodicity.
    CHECK(table.agrees("mean pressure at the outlet, (R1 + R2) mean Q [Pa]",
                       mean(at(Place::outlet).pressure), expected("mean_outlet_pressure"),
                       relative(5e-4)));
    for (const auto& [place, name] :
         {std::pair{Place::inlet, "inlet"}, std::pair{Place::middle, "middle"},
          std::pair{Place::outlet, "outlet"}})
        CHECK(table.agrees(std::string("mean flow, ") + name + " [mL/s]",
                           1e6 * mean(at(place).flow), expected("mean_flow"), relative(1e-4)));
    // Below what cases 2 and 4 allow between two schemes.
    const Series coarse = at(Place::middle), fine = finer.at("thoracic_aorta", Place::middle);
    CHECK(table.agrees("pressure, cells of 1 mm against 0.5 mm: rms over the mean [%]",
                       100.0 * rms_difference(coarse.pressure, fine.pressure) / mean(fine.pressure),
                       0.1, at_most));
    CHECK(table.agrees("flow, cells of 1 mm against 0.5 mm: rms over the peak [%]",
                       100.0 * rms_difference(coarse.flow, fine.flow) / largest(fine.flow), 0.1,
                       at_most));
}
