#include "bloodflow/read_outlet_law.hpp"

#include "bloodflow/input_testing.hpp"
#include "bloodflow/units.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;

namespace {

const std::string built_in =
    "type: windkessel, proximal_resistance_pa_s_m3: 4e+7, distal_resistance_pa_s_m3: 6e+8, "
    "compliance_m3_pa: 1.5e-9";

std::string fork_with(const std::string& left) {
    return with(fork_network, built_in, "type: formula, " + left);
}

Terminal read_left(const std::string& text) {
    const InputFiles files(fork_with(text));
    asp::Diagnostics diagnostics;
    const Network network = read_network(files.network(), diagnostics).network;
    REQUIRE(diagnostics.lines() == Lines{});
    REQUIRE(network.terminals.at(0).kind == TerminalKind::formula);
    return network.terminals[0];
}

Lines complaints(const std::string& text) {
    return InputFiles(fork_with(text)).network_complaints();
}

}  // namespace

TEST_CASE("an outlet is a formula of its flow and of one state") {
    const OutletLaw law = *read_left(
                               "pressure_pa: \"p_c + R1 * Q\", state: {name: p_c, "
                               "rate: \"(Q - (p_c - p_out) / R2) / C\", initial: 8000}, "
                               "parameters: {R1: 4e7, R2: 6e8, C: 1.5e-9, p_out: 600}")
                               .law;
    CHECK(law.at(1e-5, 9000.0).pressure == Approx(9400.0));
    CHECK(law.at(1e-5, 9000.0).rate == Approx((1e-5 - 8400.0 / 6e8) / 1.5e-9));
    CHECK(law.at(1e-5, 9000.0).pressure_by_flow == Approx(4e7));
    CHECK(law.at(1e-5, 9000.0).rate_by_state == Approx(-1.0 / 0.9));
    CHECK(law.initial_state() == 8000.0);
    CHECK(law.text() == "p = p_c + Q * 4e+07, dp_c/dt = (Q - (p_c - 600) / 6e+08) / 1.5e-09");
}

TEST_CASE("an outlet's parameters may be formulas of its flow, its state and its vessel") {
    const OutletLaw law = *read_left(
                               "pressure_pa: \"Z0 * Q + loss\", parameters: "
                               "{K: 2e+11, loss: \"K * Q * abs(Q)\"}")
                               .law;
    const Network network = InputFiles().read().network;
    CHECK(!law.has_state());
    CHECK(law.at(-1e-5, 0.0).pressure ==
          Approx(-1e-5 * network.characteristic_impedance(2) - 20.0));
}

TEST_CASE("a formula of an outlet that is wrong is shown with a caret") {
    CHECK(complaints("pressure_pa: \"R1 * q\", parameters: {R1: 4e7}") ==
          Lines{"net.yaml:15: terminals[0].pressure_pa: unknown name 'q'; did you mean 'Q'?\n"
                "    R1 * q\n"
                "         ^"});
    CHECK(complaints("pressure_pa: \"1e7 * Q * (1 + sin(t))\"") ==
          Lines{"net.yaml:15: terminals[0].pressure_pa: unknown name 't'\n"
                "    1e7 * Q * (1 + sin(t))\n"
                "                       ^"});
    CHECK(complaints("pressure_pa: \"p_c\", state: {name: p_c, rate: \"(Q - G * p_c\"}") ==
          Lines{"net.yaml:15: terminals[0].state.rate: '(' is never closed\n"
                "    (Q - G * p_c\n"
                "    ^"});
}

TEST_CASE("units of an outlet's formulas fit") {
    CHECK(complaints("pressure_pa: \"R * Q\", parameters: {R: {value: 1e8, unit: Pa s/m^2}}") ==
          Lines{"net.yaml:15: terminals[0].pressure_pa = \"R * Q\": its unit is N/m; expected Pa"});
    CHECK(complaints("pressure_pa: \"p_c\", state: {name: p_c, unit: Pa, rate: \"Q / C\"}, "
                     "parameters: {C: {value: 1e-9, unit: m^3}}")
              .front()
              .starts_with("net.yaml:15: terminals[0].state.rate = \"Q / C\": its unit is"));
    CHECK(complaints("pressure_pa: \"p_c\", state: {name: p_c, unit: mmHg, rate: \"Q\"}") ==
          Lines{"net.yaml:15: terminals[0].state.unit = mmHg: expected SI units without prefixes, "
                "such as 'Pa' or 'm^3'"});
    CHECK(complaints("pressure_pa: \"p_c + Q\", state: {name: p_c, unit: Pa, rate: \"-p_c\"}")
              .front()
              .starts_with("net.yaml:15: terminals[0].pressure_pa: "));
}

TEST_CASE("an outlet's state has a name of its own, a rate and a value to start from") {
    CHECK(complaints("pressure_pa: \"Q\", state: {name: Q, rate: \"Q\"}") ==
          Lines{"net.yaml:15: terminals[0].state.name = Q: expected a name of letters, digits and "
                "'_' that has no meaning yet"});
    CHECK(complaints("pressure_pa: \"R * Q\", state: {name: p_c}, parameters: {R: 1e8}") ==
          Lines{"net.yaml:15: terminals[0].state.rate: missing; expected text"});
    CHECK(complaints("state: {name: s, rate: \"Q - s\"}") ==
          Lines{"net.yaml:15: terminals[0].pressure_pa: missing; expected text"});
    CHECK(complaints("pressure_pa: \"s\", state: {name: s, rate: \"Q\"}, parameters: {s: 1}") ==
          Lines{"net.yaml:15: terminals[0].parameters.s = 1: expected a name that has no meaning "
                "yet"});
    CHECK(complaints("pressure_pa: \"R * Q\", state: {name: s, rate: \"s**2 + a\"}, "
                     "parameters: {R: 1e8, a: 1}") ==
          Lines{"net.yaml:15: terminals[0].state: expected a state that is steady without flow, or "
                "'initial', the value of s at the start"});
    CHECK(complaints("pressure_pa: \"R * Q\", parameters: {R: 1e8}, stat: {}") ==
          Lines{"net.yaml:15: terminals[0].stat: unknown key; did you mean 'state'?"});
}

TEST_CASE("an outlet's formulas are defined for blood that flows back too") {
    const std::string parameters = ", parameters: {R: 1e8, K: 1e10, W: 1e-5}";
    const std::string range = " for flows to 0.000113 m^3/s either way, 1 m/s in 'left'";
    CHECK(complaints("pressure_pa: \"R * Q + K * Q**1.5\"" + parameters) ==
          Lines{"net.yaml:15: terminals[0].pressure_pa = \"R * Q + K * Q**1.5\": it is nan at Q = "
                "-1.13e-07 m^3/s; expected a finite number" +
                range});
    const std::string state = "pressure_pa: \"s + R * Q\", state: {name: s, rate: ";
    CHECK(complaints(state + "\"Q - W * log(1 + s / 1e5)\", initial: 1}" + parameters).empty());
    CHECK(
        complaints(state + "\"W * sqrt(Q) - s\"}" + parameters) ==
        Lines{"net.yaml:15: terminals[0].state.rate = \"W * sqrt(Q) - s\": its slope is not "
              "finite at Q = 0 m^3/s and s = 1e+04; expected a finite number with a finite slope" +
              range});
    CHECK(complaints("pressure_pa: \"-R * Q\"" + parameters) ==
          Lines{"net.yaml:15: terminals[0].pressure_pa = \"-R * Q\": it falls as the outflow "
                "rises, by 1e+08 Pa s/m^3, at Q = 0 m^3/s; expected a pressure that does not" +
                range});
}

TEST_CASE("a run file's terminals take the place of the network's at their nodes") {
    const std::string terminals =
        "terminals:\n  - {node: left_end, type: resistance, resistance_pa_s_m3: 7e+8}\n";
    const Network network = InputFiles(fork_network, fork_run + terminals).read().network;
    REQUIRE(network.terminals.size() == 2);
    CHECK(network.terminals[0].kind == TerminalKind::resistance);
    CHECK(network.terminals[0].total_resistance() == 7e8);
    CHECK(network.terminals[1].kind == TerminalKind::windkessel);
    const std::string wrong = "terminals:\n  - {node: fork, type: closed}\n";
    CHECK(InputFiles(fork_network, fork_run + wrong).complaints() ==
          Lines{"run.yaml:9: terminals[0].node = fork: expected a node where one vessel ends; 3 "
                "meet there: give the terminal a vessel of its own"});
}
