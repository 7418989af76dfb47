#pragma once

namespace bloodflow {

// The code is SI; these convert at its borders.
constexpr double mmHg = 133.322387415;  ///< [Pa]
constexpr double mL = 1e-6;             ///< [m^3]
constexpr double mm = 1e-3;             ///< [m]

}  // namespace bloodflow
