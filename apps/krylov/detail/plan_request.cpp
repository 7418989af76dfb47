#include "krylov/detail/plan_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"

namespace krylov::detail {
namespace {

void expect(bool holds, const std::string& name, const std::string& value,
            const std::string& expected) {
    if (!holds) throw asp::InputError(fmt::format("{} = {}: expected {}", name, value, expected));
}
void expect_between(const std::string& name, long value, long least, long most) {
    expect(least <= value && value <= most, name, std::to_string(value),
           fmt::format("{} to {}", least, most));
}

}  // namespace

void check_request(std::int64_t rows, std::int64_t columns, const PlanOptions& options) {
    expect(rows == columns, "matrix", fmt::format("{} x {}", rows, columns),
           "as many rows as columns");
    expect_between("k", options.k, 1, 1000);
    expect_between("vectors", options.vectors, 1, 8);
    expect_between("harts", static_cast<long>(std::min<std::size_t>(options.harts, 1U << 30U)), 1,
                   4096);
    if (options.depth) expect_between("depth", *options.depth, 1, options.k);
    if (options.tile_kib) expect_between("tile_kib", *options.tile_kib, 1, 1L << 30U);
    if (options.block) {
        expect_between("block", *options.block, 1, 6);
        expect(rows % *options.block == 0, "block", std::to_string(*options.block),
               fmt::format("a divisor of the {} rows", rows));
    }
    const Numbering numbering = options.numbering.value_or(Numbering::given);
    const std::string name(name_of(numbering));
    expect(numbering == Numbering::given || options.method != Method::explicit_tiles, "numbering",
           name, "given, where tiles are explicit");
    expect(numbering == Numbering::given || options.storage != Storage::csr, "numbering", name,
           "given, where the storage is csr");
}

}  // namespace krylov::detail
