#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "krylov/detail/byte_stream.hpp"

namespace krylov::detail {

/// One edit descriptor as data files have them: "(16I5)", "(1P,4D20.12)", "(3(1X,E24.16))".
struct FortranFormat {
    int per_line = 1;
    int skipped = 0;   ///< blanks before each field
    int width = 0;     ///< characters
    int decimals = 0;  ///< of a number written without a point
    int scale = 0;     ///< a number without exponent was multiplied by 10 to this
    bool is_whole = false;
};

/// Throws InputError through `lines` for what is no such format.
FortranFormat parse_fortran_format(std::string_view text, const LineReader& lines);

/// Takes fields of one format from the following lines, one after the other.
class FortranFields {
public:
    FortranFields(LineReader& lines, const FortranFormat& format, std::string what)
        : lines_(lines), format_(format), what_(std::move(what)), next_(format.per_line) {}

    std::int64_t whole();
    double real();

private:
    std::string_view field();
    [[noreturn]] void refuse(std::string_view field, std::string_view expected) const;

    LineReader& lines_;
    FortranFormat format_;
    std::string what_;  ///< for messages: "row index"
    int next_;          ///< field on the line
};

}  // namespace krylov::detail
