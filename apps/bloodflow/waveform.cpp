#include "bloodflow/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "asp/base/error.hpp"

namespace bloodflow {

using std::numbers::pi;

Waveform Waveform::table(std::vector<double> times, std::vector<double> flows) {
    ASP_ASSERT(times.size() >= 2 && times.size() == flows.size());
    ASP_ASSERT(std::is_sorted(times.begin(), times.end()));
    Waveform w;
    w.shape_ = Shape::table;
    w.period_ = times.back() - times.front();
    for (std::size_t i = 1; i < times.size(); ++i)
        w.mean_ += 0.5 * (flows[i] + flows[i - 1]) * (times[i] - times[i - 1]);
    w.mean_ /= *w.period_;
    w.first_ = std::move(times);
    w.second_ = std::move(flows);
    return w;
}

Waveform Waveform::fourier(double period, double mean, std::vector<double> amplitudes,
                           std::vector<double> phases) {
    ASP_ASSERT(amplitudes.size() == phases.size());
    Waveform w;
    w.shape_ = Shape::fourier;
    w.period_ = period;
    w.mean_ = mean;
    w.first_ = std::move(amplitudes);
    w.second_ = std::move(phases);
    return w;
}

Waveform Waveform::half_sine(double period, double peak, double duration) {
    Waveform w;
    w.shape_ = Shape::half_sine;
    w.period_ = period;
    w.mean_ = 2.0 * peak * duration / (pi * period);
    w.peak_ = peak;
    w.center_ = duration;
    return w;
}

Waveform Waveform::gaussian(double peak, double center, double rate) {
    Waveform w;
    w.shape_ = Shape::gaussian;
    w.peak_ = peak;
    w.center_ = center;
    w.rate_ = rate;
    return w;
}

Waveform Waveform::constant(double flow) {
    Waveform w;
    w.mean_ = flow;
    return w;
}

double Waveform::operator()(double time) const {
    const double t = period_ ? time - *period_ * std::floor(time / *period_) : time;
    switch (shape_) {
        case Shape::constant:
            return mean_;
        case Shape::gaussian:
            return peak_ * std::exp(-rate_ * (t - center_) * (t - center_));
        case Shape::half_sine:
            return t < center_ ? peak_ * std::sin(pi * t / center_) : 0.0;
        case Shape::fourier: {
            double flow = mean_;
            for (std::size_t n = 0; n < first_.size(); ++n)
                flow += first_[n] *
                        std::sin(2.0 * pi * static_cast<double>(n + 1) * t / *period_ + second_[n]);
            return flow;
        }
        case Shape::table: {
            const double place = first_.front() + t;
            const auto next = std::upper_bound(first_.begin() + 1, first_.end() - 1, place);
            const auto i = static_cast<std::size_t>(next - first_.begin());
            const double part = (place - first_[i - 1]) / (first_[i] - first_[i - 1]);
            return second_[i - 1] + part * (second_[i] - second_[i - 1]);
        }
    }
    return 0.0;
}

}  // namespace bloodflow
