#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/ir/function.hpp"

namespace asp::ir {

// The surface language is a subset of Python with Python's meaning, the same for a formula in YAML
// and a function in a Python file or a C++ string. Texts are run once, on symbols: loops over
// constants are unrolled, calls inlined, both branches of an `if` computed and one selected.
//
//   statements   def with type hints and defaults, assignment (also a, b = b, a and +=), if / elif
//                / else, return (early, too, where all paths return), for over a constant range,
//                list, zip or enumerate; decorators, docstrings and imports of math and numpy are
//                skipped; assignments outside of functions are constants
//   values       real numbers; conditions (not numbers, nor the other way round); tuples and lists,
//                comprehensions, indices: these exist while parsing only
//   operators    + - * / ** not and or, comparisons (a < b < c), a if c else b; // and % of
//                constants
//   functions    sqrt cbrt exp log log10 sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil
//                abs fabs sign min max clip pow hypot where, and NumPy's names of these, also as
//                math.sqrt, np.sqrt; sum len range zip enumerate reversed list tuple float array
//   constants    pi e inf nan True False
//
// Different from Python, always: both branches are computed, so a division by zero in the one that
// is not taken is no error at run time; x**n for small whole n is a product, x**0.5 a square root;
// whole constants past 64 bits are real numbers; NumPy's minimum and maximum meet NaN as Python's
// min and max do.
//
// Units of arguments go through all arithmetic, and what does not fit is a complaint. A number in
// the text is a plain number; but 0, inf and nan, captured numbers and arguments without a declared
// unit fit everything.

/// A name that an expression may use, and a function's parameter.
struct Symbol {
    std::string name;
    Unit unit = {};
    Interval range = {};
    std::size_t size = 0;  ///< 0: a number; else a vector whose elements are name[0], name[1], ...
};

/// A value of the host's: a condition, a whole number, a number, or a tuple of such.
struct Captured {
    std::variant<bool, std::int64_t, double, std::vector<Captured>> value;
};

/// What a text may refer to besides its own names. A name may have dots: "physics.rho".
struct Environment {
    std::vector<Symbol> arguments;  ///< of an expression; of a function: see parse_function
    std::map<std::string, double>
        constants;  ///< captured by value; pi, e, inf and nan are known anyway
    std::map<std::string, Function> functions;      ///< that may be called; inlined
    std::map<std::string, Captured> captured = {};  ///< where a plain constant does not do
    /// What the host calls the language's own names: {"m", "math"}, {"root", "sqrt"}.
    std::map<std::string, std::string> aliases = {};
    /// Names that the host has and a text must not use, each with a message that says why.
    std::map<std::string, std::string> refused = {};
};

/// A function of the environment's arguments, all of them in order, from one expression such as
/// "beta * (sqrt(A) - sqrt(A0)) / A0"; its result is "result0". Nothing, and a complaint with place
/// and caret, where it is wrong.
std::optional<Function> parse_expression(std::shared_ptr<const Source> source,
                                         const Environment& environment, Diagnostics& diagnostics);

/// The functions that a text defines, in order; later ones may call earlier ones. A parameter that
/// is named among the environment's arguments has its unit, range and size; one with a default is
/// an argument like the others. A returned tuple or list means several results; a result has the
/// name of the variable that is returned, else "result0", "result1", ...; a condition is returned
/// as 1 or 0. Left out are functions that others call and that make sense only with what these give
/// them: a list, a whole constant. Empty, and complaints, where anything is wrong.
std::vector<Function> parse_functions(std::shared_ptr<const Source> source,
                                      const Environment& environment, Diagnostics& diagnostics);

/// `message` at a place of a source, with the line and a caret below it:
///   configs/x.yaml:12: physics.tube_law: unknown name 'btea'; did you mean 'beta'?
///       btea * (sqrt(A) - sqrt(A0))
///       ^~~~
std::string complaint(const Source& source, Span span, const std::string& message);

}  // namespace asp::ir
