#include "bloodflow/read_network.hpp"

#include <cmath>

#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;

namespace {

Network read_good(const std::string& text) {
    const InputFiles files(text);
    asp::Diagnostics diagnostics;
    Network network = read_network(files.network(), diagnostics).network;
    REQUIRE(diagnostics.lines() == Lines{});
    return network;
}

/// What is said of the fork when one thing in its file is another.
Lines complaints(const std::string& then, const std::string& now) {
    return InputFiles(with(fork_network, then, now)).network_complaints();
}

const std::string left_parts = "proximal_resistance_pa_s_m3: 4e+7, distal_resistance_pa_s_m3: 6e+8";

}  // namespace

TEST_CASE("every network in meshes/ reads without complaint") {
    std::size_t networks = 0;
    for (const auto& entry : std::filesystem::directory_iterator("meshes")) {
        if (entry.path().extension() != ".yaml") continue;
        INFO(entry.path());
        asp::Diagnostics diagnostics;
        const NetworkFile file = read_network(entry.path(), diagnostics);
        CHECK(diagnostics.lines() == Lines{});
        CHECK(!file.network.origin.empty());
        CHECK(file.text.find(file.network.name) != std::string::npos);
        ++networks;
    }
    REQUIRE(networks >= 5);  // the circle and four benchmark cases
}

TEST_CASE("what a network file says in millimetres, kilopascal and mmHg is kept in SI") {
    const Network n = read_good(
        "blood: {density_kg_m3: 1050, viscosity_mpa_s: 3.5, velocity_profile_exponent: 2}\n"
        "gravity_m_s2: [0, 0, -9.81]\n"
        "junctions: {continuity: static_pressure, loss_coefficient: 0.2}\n"
        "walls:\n"
        "  stiff: {law: elastic, young_modulus_kpa: 700, poisson_ratio: 0.4, "
        "reference_pressure_kpa: 10}\n"
        "nodes:\n"
        "  - {id: a, position_mm: [1, -2, 3]}\n"
        "  - {id: b, position_mm: [0, 0, 4], continuity: total_pressure, loss_coefficient: 0}\n"
        "  - {id: c, position_mm: [0, 5, 4]}\n"
        "  - {id: d, position_mm: [0, 6, 4]}\n"
        "vessels:\n"
        "  - {name: one, from: a, to: b, length_mm: 120, radius_mm: [9, 7], "
        "wall_thickness_mm: 1.2, wall: stiff, reference_pressure_mmhg: 80}\n"
        "  - {name: two, from: b, to: c, length_mm: 30, radius_mm: 4, wall_thickness_mm: 0.5, "
        "wall: stiff, young_modulus_kpa: [900, 950]}\n"
        "  - {name: three, from: b, to: d, length_mm: 30, radius_mm: 4, wall_thickness_mm: 0.5, "
        "wall: stiff}\n"
        "terminals:\n"
        "  - {node: c, type: windkessel, proximal_resistance_pa_s_m3: 1e+7, "
        "distal_resistance_pa_s_m3: 1e+9, compliance_m3_pa: 2e-10, distal_pressure_mmhg: 5}\n"
        "  - {node: d, type: reflection, reflection_coefficient: -0.5}\n"
        "  - {node: a, type: resistance, resistance_pa_s_m3: 3e+8, distal_pressure_kpa: 1}\n");
    CHECK(n.blood.density == 1050.0);
    CHECK(n.blood.viscosity == Approx(3.5e-3));
    CHECK(n.blood.profile_exponent == 2.0);
    CHECK(n.gravity == std::array{0.0, 0.0, -9.81});
    CHECK(n.nodes[0].position[1] == Approx(-2e-3));
    CHECK(n.nodes[0].continuity == Continuity::static_pressure);
    CHECK(n.nodes[0].loss_coefficient == 0.2);
    CHECK(n.nodes[1].continuity == Continuity::total_pressure);
    CHECK(n.nodes[1].loss_coefficient == 0.0);
    const Vessel& one = n.vessels[0];
    CHECK(one.length == Approx(0.12));
    CHECK(one.radius[0] == Approx(9e-3));
    CHECK(one.radius[1] == Approx(7e-3));
    CHECK(one.wall_thickness[1] == Approx(1.2e-3));
    CHECK(one.young_modulus[0] == Approx(7e5));
    CHECK(one.poisson_ratio == 0.4);
    CHECK(one.reference_pressure == Approx(80.0 * 133.322387415));
    CHECK(n.vessels[1].young_modulus[1] == Approx(9.5e5));
    CHECK(n.vessels[1].reference_pressure == Approx(1e4));
    REQUIRE(n.terminals.size() == 3);
    CHECK(n.terminals[0].kind == TerminalKind::windkessel);
    CHECK(n.terminals[0].compliance == 2e-10);
    CHECK(n.terminals[0].total_resistance() == Approx(1.01e9));
    CHECK(n.terminals[0].distal_pressure == Approx(5.0 * 133.322387415));
    CHECK(n.terminals[1].kind == TerminalKind::reflection);
    CHECK(n.terminals[1].reflection_coefficient == -0.5);
    CHECK(n.terminals[2].kind == TerminalKind::resistance);
    CHECK(n.terminals[2].total_resistance() == 3e8);
    CHECK(n.terminals[2].distal_pressure == Approx(1e3));
}

TEST_CASE("a windkessel's total resistance is shared so that its near part matches the vessel") {
    const Network n = read_good(with(fork_network, left_parts, "total_resistance_pa_s_m3: 6e+8"));
    const WallSection wall = n.vessels[1].wall(1.0);
    const double impedance = n.blood.density *
                             wall.wave_speed(wall.reference_area, n.blood.density) /
                             wall.reference_area;
    CHECK(n.terminals[0].proximal_resistance == Approx(impedance));
    CHECK(n.terminals[0].total_resistance() == Approx(6e8));
}

TEST_CASE("blood, the junctions' law and the outside pressure have defaults") {
    std::string text =
        with(fork_network, fork_network.substr(11, fork_network.find("walls") - 11), "");
    text = with(text, ", reference_pressure_mmhg: 75", "");
    const Network n = read_good(text);
    CHECK(n.name == "fork");
    CHECK(n.blood.density == 1060.0);
    CHECK(n.blood.profile_exponent == 9.0);
    CHECK(n.nodes[0].continuity == Continuity::total_pressure);
    CHECK(n.vessels[0].reference_pressure == 0.0);
    CHECK(n.vessels[0].poisson_ratio == 0.5);
}

TEST_CASE("a missing network file is named") {
    asp::Diagnostics diagnostics;
    read_network("meshes/nowhere.yaml", diagnostics);
    CHECK(diagnostics.lines() ==
          Lines{"meshes/nowhere.yaml: cannot be read: No such file or directory"});
}

TEST_CASE("a key that is missing or misspelt is named, with the nearest that is known") {
    CHECK(complaints("length_mm: 80, ", "") ==
          Lines{"net.yaml:12: vessels[1].length_mm: missing; expected a positive number"});
    CHECK(complaints("length_mm: 80", "lenght_mm: 80") ==
          Lines{"net.yaml:12: vessels[1].length_mm: missing; expected a positive number",
                "net.yaml:12: vessels[1].lenght_mm: unknown key; did you mean 'length_mm'?"});
    CHECK(complaints("terminals:", "terminal:") ==
          Lines{"net.yaml:14: terminal: unknown key; did you mean 'terminals'?"});
    CHECK(complaints("{id: fork,", "{") ==
          Lines{"net.yaml:7: nodes[1].id: missing; expected text",
                "net.yaml:11: vessels[0].to = fork: expected the name of a node",
                "net.yaml:12: vessels[1].from = fork: expected the name of a node",
                "net.yaml:13: vessels[2].from = fork: expected the name of a node"});
}

TEST_CASE("a key with another unit is an unknown key, and the suggestion names the right unit") {
    CHECK(complaints("length_mm: 80", "length_cm: 8") ==
          Lines{"net.yaml:12: vessels[1].length_mm: missing; expected a positive number",
                "net.yaml:12: vessels[1].length_cm: unknown key; did you mean 'length_mm'?"});
    CHECK(complaints("radius_mm: 8", "radius_m: 0.008").back() ==
          "net.yaml:11: vessels[0].radius_m: unknown key; did you mean 'radius_mm'?");
    CHECK(complaints("young_modulus_kpa: 400", "young_modulus_mpa: 0.4").back() ==
          "net.yaml:4: walls.soft.young_modulus_mpa: unknown key; did you mean "
          "'young_modulus_kpa'?");
    CHECK(complaints("viscosity_mpa_s: 4", "viscosity_pa_s: 0.004") ==
          Lines{"net.yaml:2: blood.viscosity_pa_s: unknown key; did you mean 'viscosity_mpa_s'?"});
    CHECK(complaints("reference_pressure_mmhg: 75", "reference_pressure_pa: 9000") ==
          Lines{"net.yaml:4: walls.soft.reference_pressure_pa: unknown key; did you mean "
                "'reference_pressure_kpa'?"});
    CHECK(complaints("compliance_m3_pa: 1.5e-9", "compliance_ml_mmhg: 0.2").back() ==
          "net.yaml:15: terminals[0].compliance_ml_mmhg: unknown key; did you mean "
          "'compliance_m3_pa'?");
    CHECK(complaints("reference_pressure_mmhg: 75",
                     "reference_pressure_mmhg: 75, reference_pressure_kpa: 10") ==
          Lines{"net.yaml:4: walls.soft.reference_pressure_kpa = 10: expected either this or "
                "'reference_pressure_mmhg'"});
}

TEST_CASE("lengths, radii and walls are positive") {
    CHECK(complaints("radius_mm: 6", "radius_mm: -6") ==
          Lines{"net.yaml:12: vessels[1].radius_mm = -6: expected a positive number"});
    CHECK(
        complaints("radius_mm: 6", "radius_mm: [6, -1]") ==
        Lines{"net.yaml:12: vessels[1].radius_mm: expected two positive numbers, at the inlet and "
              "the outlet"});
    CHECK(
        complaints("radius_mm: 6", "radius_mm: [6, 5, 4]") ==
        Lines{"net.yaml:12: vessels[1].radius_mm: has 3 values; expected a sequence of 2 numbers"});
    CHECK(complaints("radius_mm: 6", "radius_mm: [6, wide]") ==
          Lines{"net.yaml:12: vessels[1].radius_mm[1] = wide: expected a number"});
    CHECK(complaints("radius_mm: 6", "radius_mm: .nan") ==
          Lines{"net.yaml:12: vessels[1].radius_mm = .nan: expected a finite number"});
    CHECK(complaints("wall_thickness_mm: 0.8", "wall_thickness_mm: 0") ==
          Lines{"net.yaml:12: vessels[1].wall_thickness_mm = 0: expected a positive number"});
    CHECK(complaints("length_mm: 80", "length_mm: 8 cm") ==
          Lines{"net.yaml:12: vessels[1].length_mm = 8 cm: expected a positive number"});
    CHECK(complaints("young_modulus_kpa: 400", "young_modulus_kpa: -400") ==
          Lines{"net.yaml:4: walls.soft.young_modulus_kpa = -400: expected a positive number"});
    CHECK(complaints("young_modulus_kpa: 400", "young_modulus_kpa: 400, poisson_ratio: 0.6") ==
          Lines{"net.yaml:4: walls.soft.poisson_ratio = 0.6: expected a number from 0 to 0.5"});
    CHECK(complaints("young_modulus_kpa: 400", "young_modulus_kpa: 400, law: rigid") ==
          Lines{"net.yaml:4: walls.soft.law = rigid: expected 'elastic'"});
    CHECK(complaints("density_kg_m3: 1060", "density_kg_m3: 0") ==
          Lines{"net.yaml:2: blood.density_kg_m3 = 0: expected a positive number"});
    CHECK(complaints("viscosity_mpa_s: 4", "viscosity_mpa_s: -4") ==
          Lines{"net.yaml:2: blood.viscosity_mpa_s = -4: expected a non-negative number"});
}

TEST_CASE("a negative radius is the only complaint, whatever follows from it") {
    std::string text = with(fork_network, "radius_mm: 6", "radius_mm: -6");
    text = with(text, left_parts, "total_resistance_pa_s_m3: 6e+8");
    CHECK(InputFiles(text).network_complaints() ==
          Lines{"net.yaml:12: vessels[1].radius_mm = -6: expected a positive number"});
}

TEST_CASE("a position has three coordinates") {
    CHECK(
        complaints("position_mm: [0, 0, 100]", "position_mm: [0, 100]") ==
        Lines{"net.yaml:7: nodes[1].position_mm: has 2 values; expected a sequence of 3 numbers"});
    CHECK(complaints("name: fork", "gravity_m_s2: -9.81") ==
          Lines{"net.yaml:1: gravity_m_s2 = -9.81: expected a sequence of 3 numbers"});
}

TEST_CASE("names that are not there are complained about with the nearest that is") {
    CHECK(complaints("to: left_end", "to: left_edn") ==
          Lines{"net.yaml:12: vessels[1].to = left_edn: expected the name of a node; did you mean "
                "'left_end'?"});
    CHECK(complaints("radius_mm: 6, wall_thickness_mm: 0.8, wall: soft",
                     "radius_mm: 6, wall_thickness_mm: 0.8, wall: sotf") ==
          Lines{"net.yaml:12: vessels[1].wall = sotf: expected the name of a wall; did you mean "
                "'soft'?"});
    CHECK(complaints("node: left_end", "node: left") ==
          Lines{"net.yaml:15: terminals[0].node = left: expected the name of a node"});
    CHECK(complaints("node: left_end", "node: [left_end]") ==
          Lines{"net.yaml:15: terminals[0].node: expected text"});
}

TEST_CASE("names of nodes and of vessels are given once") {
    CHECK(complaints("{id: left_end", "{id: heart") ==
          Lines{"net.yaml:8: nodes[2].id = heart: expected a name that no other node has",
                "net.yaml:12: vessels[1].to = left_end: expected the name of a node",
                "net.yaml:15: terminals[0].node = left_end: expected the name of a node"});
    CHECK(complaints("{name: right", "{name: left") ==
          Lines{"net.yaml:13: vessels[2].name = left: expected a name that no other vessel has"});
}

TEST_CASE("two vessels without a name are two complaints, not three") {
    std::string text = with(fork_network, "{name: left, ", "{");
    text = with(text, "{name: right, ", "{");
    CHECK(InputFiles(text).network_complaints() ==
          Lines{"net.yaml:12: vessels[1].name: missing; expected text",
                "net.yaml:13: vessels[2].name: missing; expected text"});
}

TEST_CASE("a vessel joins two different nodes") {
    CHECK(
        complaints("from: fork, to: left_end", "from: left_end, to: left_end") ==
        Lines{"net.yaml:12: vessels[1].to = left_end: expected a node other than 'from'; divide a "
              "vessel that returns to its own node in two"});
}

TEST_CASE("a junction is continuous in total or in static pressure") {
    CHECK(complaints("name: fork", "junctions: {continuity: total}") ==
          Lines{"net.yaml:1: junctions.continuity = total: expected one of 'total_pressure', "
                "'static_pressure'"});
    CHECK(
        complaints("position_mm: [0, 0, 100]",
                   "position_mm: [0, 0, 100], continuity: total_presure") ==
        Lines{"net.yaml:7: nodes[1].continuity = total_presure: expected one of 'total_pressure', "
              "'static_pressure'; did you mean 'total_pressure'?"});
    CHECK(complaints("name: fork", "junctions: {loss_coefficient: -1}") ==
          Lines{"net.yaml:1: junctions.loss_coefficient = -1: expected a non-negative number"});
}

TEST_CASE("a terminal is of a known type and has what its type needs") {
    CHECK(complaints("{node: left_end, type: windkessel", "{node: left_end, type: windkesel") ==
          Lines{"net.yaml:15: terminals[0].type = windkesel: expected one of 'windkessel', "
                "'resistance', 'reflection', 'closed', 'formula'; did you mean 'windkessel'?"});
    CHECK(complaints("{node: left_end, type: windkessel, ", "{node: left_end, ").front() ==
          "net.yaml:15: terminals[0].type: missing; expected one of 'windkessel', 'resistance', "
          "'reflection', 'closed', 'formula'");
    CHECK(complaints("compliance_m3_pa: 1.5e-9", "compliance_m3_pa: 0") ==
          Lines{"net.yaml:15: terminals[0].compliance_m3_pa = 0: expected a positive number"});
    CHECK(complaints("proximal_resistance_pa_s_m3: 4e+7, ", "") ==
          Lines{"net.yaml:15: terminals[0].proximal_resistance_pa_s_m3: missing; expected a "
                "non-negative number"});
    const std::string left = left_parts + ", compliance_m3_pa: 1.5e-9";
    CHECK(
        complaints("type: windkessel, " + left, "type: resistance, resistance_pa_s_m3: -1") ==
        Lines{"net.yaml:15: terminals[0].resistance_pa_s_m3 = -1: expected a non-negative number"});
    CHECK(
        complaints("type: windkessel, " + left, "type: reflection, reflection_coefficient: 2") ==
        Lines{"net.yaml:15: terminals[0].reflection_coefficient = 2: expected a number from -1 to "
              "1"});
    CHECK(complaints("type: windkessel, " + left, "type: closed, resistance_pa_s_m3: 1") ==
          Lines{"net.yaml:15: terminals[0].resistance_pa_s_m3: unknown key"});
}

TEST_CASE("a windkessel has its total resistance or both parts, and more than the vessel's own") {
    CHECK(complaints(left_parts, left_parts + ", total_resistance_pa_s_m3: 7e+8") ==
          Lines{"net.yaml:15: terminals[0].proximal_resistance_pa_s_m3 = 4e+7: expected either the "
                "total or the two parts of the resistance",
                "net.yaml:15: terminals[0].distal_resistance_pa_s_m3 = 6e+8: expected either the "
                "total or the two parts of the resistance"});
    CHECK(complaints(left_parts, "total_resistance_pa_s_m3: 1e+7") ==
          Lines{"net.yaml:15: terminals[0].total_resistance_pa_s_m3 = 1e+7: expected more than the "
                "vessel's characteristic impedance, 5.428e+07 Pa s/m3"});
}

TEST_CASE("a node has one terminal at most, and only where one vessel ends") {
    CHECK(complaints("node: right_end", "node: left_end") ==
          Lines{"net.yaml:16: terminals[1].node = left_end: expected a node that no other terminal "
                "has"});
    CHECK(complaints("node: right_end", "node: fork") ==
          Lines{"net.yaml:16: terminals[1].node = fork: expected a node where one vessel ends; 3 "
                "meet there: give the terminal a vessel of its own"});
}

TEST_CASE("every node has a vessel, and every vessel a path to the first") {
    CHECK(complaints("vessels:\n", "  - {id: stray, position_mm: [1, 1, 1]}\nvessels:\n") ==
          Lines{"net.yaml:10: nodes[4].id = stray: expected a vessel that ends at this node"});
    const std::string island =
        "  - {id: a, position_mm: [1, 1, 1]}\n"
        "  - {id: b, position_mm: [2, 1, 1]}\n"
        "vessels:\n"
        "  - {name: island, from: a, to: b, length_mm: 9, radius_mm: 1, wall_thickness_mm: 0.1, "
        "wall: soft}\n";
    CHECK(complaints("vessels:\n", island) ==
          Lines{"net.yaml:14: vessels[1].name = trunk: expected a path of vessels to 'island'"});
}

TEST_CASE("a network has vessels") {
    CHECK(InputFiles("walls: {}\nnodes: []\nvessels: []\n").network_complaints() ==
          Lines{"net.yaml:3: vessels: expected at least one vessel"});
    CHECK(InputFiles("name: nothing\n").network_complaints() ==
          Lines{"net.yaml:1: walls: missing; expected a map",
                "net.yaml:1: nodes: missing; expected a sequence",
                "net.yaml:1: vessels: missing; expected a sequence"});
}

TEST_CASE("all complaints about a network come at once") {
    std::string text = with(fork_network, "radius_mm: 8", "radius_mm: -8");
    text = with(text, "length_mm: 80", "lenght_mm: 80");
    text = with(text, "to: right_end", "to: right_and");
    text = with(text, "compliance_m3_pa: 1.5e-9", "compliance_m3_pa: little");
    CHECK(InputFiles(text).network_complaints() ==
          Lines{"net.yaml:11: vessels[0].radius_mm = -8: expected a positive number",
                "net.yaml:12: vessels[1].length_mm: missing; expected a positive number",
                "net.yaml:13: vessels[2].to = right_and: expected the name of a node; did you mean "
                "'right_end'?",
                "net.yaml:15: terminals[0].compliance_m3_pa = little: expected a positive number",
                "net.yaml:12: vessels[1].lenght_mm: unknown key; did you mean 'length_mm'?"});
}
