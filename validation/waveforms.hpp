#pragma once

#include <array>
#include <string>
#include <vector>

#include "validation/program.hpp"
#include "validation/reference.hpp"
#include "validation/table.hpp"

namespace validation {

double mean(const std::vector<double>& values);
double largest(const std::vector<double>& values);
double smallest(const std::vector<double>& values);

/// Value at `time` between evenly spaced samples of one period.
double periodic_value(const std::vector<double>& samples, double period, double time);

/// Errors of one waveform against another, in percent, as validation/cca/README.md defines them.
struct WaveformErrors {
    double rms, max, systolic, diastolic;
};

/// Two waveforms on one period, one sample per millisecond, brought to one time.
struct Aligned {
    Series ours, theirs;
    double shift;  ///< [s] by which ours is later
};

/// Ours against the waveforms of `file` named `solver`_pressure_kpa and `solver`_flow_ml_s, shifted
/// so that the squared difference of the flows is least.
Aligned align(const Series& ours, double period, const Reference& file, const std::string& solver);

WaveformErrors pressure_errors(const Aligned& a);
WaveformErrors flow_errors(const Aligned& a);

/// The rows of one place: eight errors against 3-D, which must be those of the benchmark's 1-D
/// scheme, the distance from that scheme itself, and the shift in time.
struct PlaceChecks {
    const Table& table;
    std::string place;        ///< words for the table
    const Reference& file;    ///< waveforms
    Reference::Row expected;  ///< of error_metrics.csv
    double period;            ///< [s]
    double shift;             ///< [s]
};
void check_place(const PlaceChecks& c, const Series& ours);

}  // namespace validation
