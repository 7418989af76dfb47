#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "asp/base/scratch_folder.hpp"
#include "asp/io/hdf5.hpp"

namespace validation {

using asp::testing::ScratchFolder;

using Overrides = std::vector<std::string>;  ///< key=value, as for --set

/// Runs `bloodflow --config CONFIG` as a child process, without pictures; anything but success
/// fails the test with what the program said. The results lie in `folder`.
void simulate(const std::filesystem::path& config, const std::filesystem::path& folder,
              const Overrides& overrides = {});

/// The results of `bloodflow steady` per vessel: mean_flow_ml_s, inlet_ and outlet_pressure_mmhg.
nlohmann::json steady(const std::filesystem::path& config, const Overrides& overrides = {});

/// Samples over time at one place.
struct Series {
    std::vector<double> time;      ///< [s]
    std::vector<double> pressure;  ///< [Pa]
    std::vector<double> flow;      ///< [m^3/s]
};

enum class Place { inlet, middle, outlet };

/// Whole fields; the file keeps seven digits.
struct FieldFrames {
    std::vector<double> time;      ///< [frames] s
    std::vector<double> position;  ///< [cells] m from the vessel's inlet
    std::vector<double> pressure;  ///< [frames, cells] Pa
    std::vector<double> flow;      ///< [frames, cells] m^3/s

    std::size_t cells() const { return position.size(); }
    Series at_cell(std::size_t cell) const;
};

/// What a run has left in its folder.
class Results {
public:
    explicit Results(const std::filesystem::path& folder) : file_(folder / "results.h5") {}

    Series at(const std::string& vessel, Place place) const;
    FieldFrames fields() const;
    /// The last cell of a vessel over time, from the fields.
    Series last_cell(const std::string& vessel) const;
    /// Flow in each cell at the end of the run [m^3/s], not rounded.
    std::vector<double> final_flow() const;

private:
    asp::io::H5Reader file_;
};

}  // namespace validation
