// What is read off the waveforms of a run.
#include <algorithm>
#include <cmath>

#include "bloodflow/run.hpp"
#include "bloodflow/units.hpp"

namespace bloodflow {

double pressure_at(const Network& network, std::size_t vessel, double s, double area) {
    return network.vessels[vessel].wall(s).pressure(area);
}

StationSeries series_of(const Network& network, const Waveforms& waveforms, std::size_t vessel) {
    StationSeries series;
    for (std::size_t place = 0; place < station_names.size(); ++place) {
        const std::size_t station = 3 * vessel + place;
        for (std::size_t k = 0; k < waveforms.time.size(); ++k) {
            const double area = waveforms.area[k][station], flow = waveforms.flow[k][station];
            const double s = 0.5 * static_cast<double>(place);
            series.area.push_back(area);
            series.flow.push_back(flow);
            series.velocity.push_back(flow / area);
            series.pressure.push_back(pressure_at(network, vessel, s, area));
        }
    }
    return series;
}

VesselSummary summarize(const Network& network, const Waveforms& w, std::size_t vessel) {
    VesselSummary s{0.0, -1e300, 1e300, 0.0, -1e300, 1e300, 0.0};
    const std::size_t place = 3 * vessel + 1;
    const auto samples = static_cast<double>(w.time.size());
    for (std::size_t k = 0; k < w.time.size(); ++k) {
        const double flow = w.flow[k][place] / mL;
        const double pressure = pressure_at(network, vessel, 0.5, w.area[k][place]) / mmHg;
        s.mean_flow_ml_s += flow / samples;
        s.max_flow_ml_s = std::max(s.max_flow_ml_s, flow);
        s.min_flow_ml_s = std::min(s.min_flow_ml_s, flow);
        s.mean_pressure_mmhg += pressure / samples;
        s.max_pressure_mmhg = std::max(s.max_pressure_mmhg, pressure);
        s.min_pressure_mmhg = std::min(s.min_pressure_mmhg, pressure);
        s.max_velocity_m_s =
            std::max(s.max_velocity_m_s, std::abs(w.flow[k][place] / w.area[k][place]));
    }
    return s;
}

}  // namespace bloodflow
