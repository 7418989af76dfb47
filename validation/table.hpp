#pragma once

#include <optional>
#include <string>

namespace validation {

/// How far a measured number may lie from its reference.
struct Tolerance {
    enum class Kind { absolute, relative, at_least, at_most };
    Kind kind;
    double below = 0.0, above = 0.0;  ///< in the number's unit, or as a fraction of the reference
};

constexpr Tolerance absolute(double amount) {
    return {Tolerance::Kind::absolute, amount, amount};
}
constexpr Tolerance relative(double fraction) {
    return {Tolerance::Kind::relative, fraction, fraction};
}
constexpr Tolerance relative(double below, double above) {
    return {Tolerance::Kind::relative, below, above};
}
/// The reference is a bound.
constexpr Tolerance at_least{Tolerance::Kind::at_least};
constexpr Tolerance at_most{Tolerance::Kind::at_most};

/// The measured numbers of one case, a Markdown row each. The first row of a process begins the
/// file <tables>/<case>.md anew; a test of its own puts the files of all cases together.
class Table {
public:
    explicit Table(std::string name) : case_(std::move(name)) {}

    /// Whether `ours` agrees with `reference`; notes the row either way. To be put into a CHECK,
    /// which then shows it.
    bool agrees(const std::string& quantity, double ours, double reference,
                const Tolerance& tolerance) const;

private:
    std::string case_;
};

}  // namespace validation
