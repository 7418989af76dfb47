#pragma once

#include <cstdint>
#include <string_view>

namespace krylov::detail {

/// Takes a whole number or a real one off the front of `text`, past blanks; false where there is
/// none that ends at a blank or at the end. Reals may have Fortran's exponents (1.5D3, 1.5-103).
bool take_whole(std::string_view& text, std::int64_t& value);
bool take_real(std::string_view& text, double& value);
bool is_blank(std::string_view text);

}  // namespace krylov::detail
