#pragma once
// How the commands write to people.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gmm/model_file.hpp"

namespace gmm {

/// How things look on this screen: in colour, or as they are.
struct Style {
    bool colour = false;

    /// In colour where the standard output is a terminal and NO_COLOR is not set.
    static Style of_screen();

    std::string paint(const char* code, const std::string& text) const;
    std::string bold(const std::string& text) const { return paint("1", text); }
    std::string dim(const std::string& text) const { return paint("2", text); }
};

std::string seconds_text(double seconds);                          ///< "1.2 ms"
std::string counted(std::size_t count, const std::string& thing);  ///< "2 frames"

/// "model      text", the first column as wide as in all lines that the commands print.
std::string entry(const Style& style, const std::string& name, const std::string& text);

/// Columns as wide as what stands in them: the first from the left; the others, being numbers,
/// from the right.
std::string table(const Style& style, const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows);

/// "64 diag components in 39 dimensions"
std::string title_of(const Mixture& mixture);

/// What was repaired, a line for each kind; none: "".
std::string repairs_text(const Style& style, const std::vector<Repair>& repairs);

/// A curve in letters, a few lines high, with its least and greatest value; "" for fewer than two
/// values.
std::string drawn(std::span<const double> values);

/// The heaviest components: weight, where the mean lies, standard deviations.
std::string components_text(const Style& style, const Mixture& mixture, std::size_t most);

}  // namespace gmm
