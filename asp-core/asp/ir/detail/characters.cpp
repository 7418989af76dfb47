#include "asp/ir/detail/characters.hpp"

#include <algorithm>

namespace asp::ir::detail {

std::size_t character_length(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // too long a form, half of a surrogate pair, past the last code point
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return length;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 40;
    std::string shown = "'";
    for (std::size_t characters = 0; !text.empty(); ++characters) {
        if (characters == longest) return shown + "...'";
        const std::size_t length = character_length(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        if (length > 1 || (length == 1 && byte >= 0x20 && byte != 0x7f)) {
            shown += text.substr(0, length);
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            shown += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return shown + "'";
}

}  // namespace asp::ir::detail
