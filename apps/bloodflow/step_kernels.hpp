#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "asp/specialize/kernel.hpp"
#include "bloodflow/kernels/table.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

struct NativeKernels;

/// A cross-section of a vessel as a wall's law sees it.
struct WallSite {
    const Network* network;
    std::size_t vessel;
    double s;  ///< fraction of the length, 0 at the inlet

    const Vessel& of() const { return network->vessels[vessel]; }
    WallSection wall() const { return of().wall(s); }
    double elevation() const;  ///< potential of the height [m^2/s^2]
};

/// Computes the coefficients that a law's kernels read of each cell, face and end.
class WallCoefficients {
public:
    virtual ~WallCoefficients() = default;
    struct Counts {
        std::size_t cell, face, end;
    };
    virtual Counts counts() const = 0;
    virtual void at_cell(const WallSite& site, std::span<double> values) const = 0;
    virtual void at_face(const WallSite& site, std::span<double> values) const = 0;
    /// `cell` is the centre of the end cell, 0.5 / `per_half_cell` [1/m] inside.
    virtual void at_end(const WallSite& end, const WallSite& cell, double per_half_cell,
                        std::span<double> values) const = 0;
};

/// The kernels of a time step for one network, and how they came to be.
struct StepKernels {
    KernelTable table;
    std::shared_ptr<const WallCoefficients> coefficients;
    bool wall_varies;
    asp::Rung rung = asp::Rung::built_in;
    std::string description;  ///< for a person: rung, wall, instruction set
    std::string source;       ///< of a specialized kernel
    /// Of interpreted kernels, for Coefficients.
    decltype(Coefficients::interpret) interpret = nullptr;
    const void* law = nullptr;
    std::shared_ptr<const void> owner;  ///< keeps compiled code and programs alive
};

/// Whether stiffness, reference area or height change along any vessel.
bool wall_varies(const Network& network);

/// The elastic wall's kernels as the ordinary build compiled them.
StepKernels built_in_step(const Network& network, const NativeKernels& kernels);

}  // namespace bloodflow
