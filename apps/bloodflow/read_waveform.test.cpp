#include "bloodflow/read_waveform.hpp"

#include <cmath>
#include <numbers>

#include "bloodflow/input_testing.hpp"

using namespace bloodflow;
using namespace bloodflow::testing;
using Lines = std::vector<std::string>;
using std::numbers::pi;

namespace {

const std::string half_sine = "{type: half_sine, peak_ml_s: 100, duration_s: 0.3, period_s: 0.8}";
const std::vector<std::string> transient{"run={mode: transient, duration_s: 1}", "output={}"};

InputFiles files_with(const std::string& flow) {
    return InputFiles(fork_network, with(fork_run, half_sine, "{type: formula, " + flow + "}"));
}

Waveform read_periodic(const std::string& flow) {
    return files_with(flow).read().inlets.at(0).flow;
}

Lines complaints(const std::string& flow) {
    return files_with(flow).complaints();
}

}  // namespace

TEST_CASE("half a sine wave written as a formula is the one that is built in") {
    const Waveform written =
        read_periodic("flow_ml_s: \"100 * sin(pi * t / 0.3) if t < 0.3 else 0\", period_s: 0.8");
    const Waveform built_in = Waveform::half_sine(0.8, 1e-4, 0.3);
    CHECK(written.period() == 0.8);
    CHECK(!written.happens_once());
    for (int k = -100; k < 300; ++k) {
        const double t = 0.0123 * k;
        // A sine's argument and two products are rounded in another order.
        CHECK(written(t) == Approx(built_in(t)).epsilon(1e-14).margin(1e-19));
    }
    CHECK(written.mean() == Approx(built_in.mean()).epsilon(1e-12));
}

TEST_CASE("the mean of a formula is exact to rounding, kinks and jumps included") {
    // Mean of |cos| over a period that no panel of the rule divides.
    CHECK(read_periodic("flow_ml_s: \"abs(cos(2 * pi * t / T))\", period_s: 0.8").mean() ==
          Approx(1e-6 * 2.0 / pi).epsilon(1e-11));
    CHECK(read_periodic("flow_ml_s: \"90 if t > width and t < 2 * width else 3\", period_s: 0.8, "
                        "parameters: {width: \"T / 7\"}")
              .mean() == Approx(1e-6 * (3.0 + 87.0 / 7.0)).epsilon(1e-11));
    CHECK(read_periodic("flow_ml_s: \"sqrt(t * (T - t))\", period_s: 0.8").mean() ==
          Approx(1e-6 * pi / 8.0 * 0.8).epsilon(1e-10));
}

TEST_CASE("a formula without a period is a function of the time since the start") {
    const InputFiles files = files_with(
        "flow_ml_s: \"20 + 5 * tanh(t / tau)\", "
        "parameters: {tau: 2}");
    const Waveform flow = files.read(transient).inlets.at(0).flow;
    CHECK(flow(3.0) == Approx(1e-6 * (20.0 + 5.0 * std::tanh(1.5))));
    CHECK(flow.happens_once());
    CHECK(!flow.period());
    CHECK(flow.mean() == Approx(20e-6));  // what a steady start begins with
    CHECK(files.complaints() == Lines{"run.yaml:5: run.mode = periodic: expected 'transient': an "
                                      "inlet's flow happens once only"});
}

TEST_CASE("a formula of the inflow is finite and closes") {
    CHECK(complaints("flow_ml_s: \"10 / (t - 0.4)\", period_s: 0.8") ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s = \"10 / (t - 0.4)\": the flow is inf at t = "
                "0.4 s; expected a finite number from 0 to 0.8 s"});
    CHECK(complaints("flow_ml_s: \"30 * sqrt(0.5 - t)\", period_s: 0.8") ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s = \"30 * sqrt(0.5 - t)\": the flow is nan at "
                "t = 0.5 s; expected a finite number from 0 to 0.8 s"});
    CHECK(
        complaints("flow_ml_s: \"10 + 50 * t\", period_s: 0.8") ==
        Lines{"run.yaml:3: inlets[0].flow.flow_ml_s = \"10 + 50 * t\": the flow is 50 mL/s at the "
              "end of the period and 10 at its beginning; expected a flow that is periodic"});
    CHECK(files_with("flow_ml_s: \"1 / (0.75 - t)\"").complaints(transient) ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s = \"1 / (0.75 - t)\": the flow is inf at t = "
                "0.75 s; expected a finite number from 0 to 1 s"});
    CHECK(files_with("flow_ml_s: \"1 / (1.75 - t)\"").complaints(transient).empty());
}

TEST_CASE("a formula of the inflow that is wrong is shown with a caret") {
    CHECK(complaints("flow_ml_s: \"peek * sin(pi * t / T)\", period_s: 0.8, "
                     "parameters: {peak: 100}") ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s: unknown name 'peek'; did you mean 'peak'?\n"
                "    peek * sin(pi * t / T)\n"
                "    ^~~~"});
    CHECK(files_with("flow_ml_s: \"sin(pi * t / T)\"").complaints(transient) ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s: unknown name 'T'; did you mean 't'?\n"
                "    sin(pi * t / T)\n"
                "                 ^"});
    CHECK(complaints("period_s: 0.8") ==
          Lines{"run.yaml:3: inlets[0].flow.flow_ml_s: missing; expected text"});
    CHECK(complaints("flow_ml_s: \"0\", period_s: -1") ==
          Lines{"run.yaml:3: inlets[0].flow.period_s = -1: expected a positive number"});
    CHECK(complaints("flow_ml_s: \"a * A0\", period_s: 0.8, parameters: {t: 1, a: 2}") ==
          Lines{"run.yaml:3: inlets[0].flow.parameters.t = 1: expected a name that has no meaning "
                "yet",
                "run.yaml:3: inlets[0].flow.flow_ml_s: unknown name 'A0'\n"
                "    a * A0\n"
                "        ^~"});
}
