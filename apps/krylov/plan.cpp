#include <fmt/format.h>

#include "krylov/akx.hpp"

namespace krylov {
namespace {

template <class Enum>
std::optional<Enum> parse(std::string_view text, std::initializer_list<Enum> all) {
    for (const Enum value : all)
        if (name_of(value) == text) return value;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Method method) {
    return method == Method::plain            ? "plain"
           : method == Method::implicit_tiles ? "implicit"
                                              : "explicit";
}
std::string_view name_of(Storage storage) {
    return storage == Storage::csr ? "csr" : storage == Storage::slices ? "slices" : "blocks";
}
std::string_view name_of(TileShape shape) {
    return shape == TileShape::bands ? "bands" : "compact";
}
std::string_view name_of(Numbering numbering) {
    return numbering == Numbering::given       ? "given"
           : numbering == Numbering::by_length ? "length"
                                               : "levels";
}
std::optional<Method> parse_method(std::string_view text) {
    return parse(text, {Method::plain, Method::implicit_tiles, Method::explicit_tiles});
}
std::optional<Storage> parse_storage(std::string_view text) {
    return parse(text, {Storage::csr, Storage::slices, Storage::block_rows});
}
std::optional<TileShape> parse_tile_shape(std::string_view text) {
    return parse(text, {TileShape::bands, TileShape::compact});
}
std::optional<Numbering> parse_numbering(std::string_view text) {
    return parse(text, {Numbering::given, Numbering::by_length, Numbering::by_levels});
}

std::string Candidate::describe() const {
    std::string text = fmt::format(
        "{}, {}", name_of(method),
        storage == Storage::block_rows ? fmt::format("{0}x{0} blocks", block) : name_of(storage));
    if (numbering != Numbering::given)
        text += fmt::format(", rows numbered by {}", name_of(numbering));
    if (method != Method::plain)
        text += fmt::format(", depth {}, {} of {} KiB", depth,
                            tile_shape == TileShape::bands ? "bands" : "compact tiles", tile_kib);
    return text;
}

}  // namespace krylov
