#include "bloodflow/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "asp/base/error.hpp"

namespace bloodflow {

using std::numbers::pi;
namespace {

struct Panel {
    double begin, end, at_begin, at_middle, at_end;
    double simpson() const { return (end - begin) / 6.0 * (at_begin + 4.0 * at_middle + at_end); }
};

/// Simpson's rule, halved where both halves together say something else by more than `tolerance`:
/// about a kink or a jump down to 2^-40 of the panel.
template <class Function>
double integral(const Function& function, const Panel& whole, double tolerance, int halvings) {
    const double middle = 0.5 * (whole.begin + whole.end);
    const Panel left{whole.begin, middle, whole.at_begin, function(0.5 * (whole.begin + middle)),
                     whole.at_middle};
    const Panel right{middle, whole.end, whole.at_middle, function(0.5 * (middle + whole.end)),
                      whole.at_end};
    const double halves = left.simpson() + right.simpson();
    if (halvings == 0 || !(std::abs(halves - whole.simpson()) > tolerance)) return halves;
    return integral(function, left, tolerance, halvings - 1) +
           integral(function, right, tolerance, halvings - 1);
}

/// Mean over [0, period) of a function with kinks and jumps, to some 1e-12 of its largest value.
template <class Function>
double mean_of(const Function& function, double period) {
    constexpr int panels = 512, halvings = 40;
    std::vector<double> values;
    double largest = 0.0;
    for (int i = 0; i <= 2 * panels; ++i) {
        values.push_back(function(0.5 * i / panels * period));
        largest = std::max(largest, std::abs(values.back()));
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < panels; ++i) {
        const double begin = static_cast<double>(i) / panels * period;
        const double end = static_cast<double>(i + 1) / panels * period;
        const Panel panel{begin, end, values[2 * i], values[2 * i + 1], values[2 * i + 2]};
        sum += integral(function, panel, 1e-14 * largest * (end - begin), halvings);
    }
    return sum / period;
}

}  // namespace

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

Waveform Waveform::formula(const asp::ir::Function& flow, std::optional<double> period) {
    ASP_ASSERT(flow.arguments.size() == 1 && flow.results.size() == 1);
    Waveform w;
    w.shape_ = Shape::formula;
    w.program_.emplace(flow);
    if (period) w.mean_ = mean_of([&](double t) { return w(t); }, *period);
    if (!period) w.mean_ = w(0.0);
    w.period_ = period;
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
        case Shape::formula: {
            double flow;
            program_->run_at({&t, 1}, {&flow, 1});
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
