#pragma once

#include <optional>
#include <vector>

#include "asp/ir/interpreter.hpp"

namespace bloodflow {

/// Flow rate [m^3/s] over time. Periodic shapes repeat for all t; the others do not.
class Waveform {
public:
    /// Straight lines between points that rise in time; the last one is the first of the next
    /// period. `times` [s] begins at 0 and ends at the period.
    static Waveform table(std::vector<double> times, std::vector<double> flows);
    /// mean + sum a_n sin(2 pi n t / period + phi_n), n = 1, 2, ...
    static Waveform fourier(double period, double mean, std::vector<double> amplitudes,
                            std::vector<double> phases);
    /// peak sin(pi t / duration) for t < duration, then 0, repeated.
    static Waveform half_sine(double period, double peak, double duration);
    /// peak exp(-rate (t - center)^2), once.
    static Waveform gaussian(double peak, double center, double rate);
    static Waveform constant(double flow);
    /// One result [m^3/s] of t [s]: the time within the period or, without one, since the start.
    static Waveform formula(const asp::ir::Function& flow, std::optional<double> period);

    double operator()(double time) const;
    std::optional<double> period() const { return period_; }
    bool happens_once() const {
        return shape_ == Shape::gaussian || (shape_ == Shape::formula && !period_);
    }
    /// Mean over the period; a pulse that happens once has mean 0, a constant its value, a formula
    /// without period its value at the start.
    double mean() const { return mean_; }

private:
    enum class Shape { table, fourier, half_sine, gaussian, constant, formula };
    Shape shape_ = Shape::constant;
    std::optional<double> period_;
    double mean_ = 0.0;
    std::vector<double> first_, second_;  ///< times and flows, or amplitudes and phases
    double peak_ = 0.0, center_ = 0.0, rate_ = 0.0;
    std::optional<asp::ir::Program<double>> program_;
};

}  // namespace bloodflow
