#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace krylov {

/// A line through points, or what a machine allows: dashed and grey.
struct Curve {
    std::string name;
    std::vector<std::array<double, 2>> points;
    bool is_limit = false;
};

/// One chart. y begins at 0.
struct Panel {
    std::string title;
    std::vector<Curve> curves;
};

/// Panels side by side, four to a row, with one legend: curves of one name have one colour.
struct Plot {
    std::string title, x_label, y_label;
    std::vector<Panel> panels;
};

/// As an SVG picture.
std::string draw(const Plot& plot);

}  // namespace krylov
