#include "krylov/detail/storage_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <limits>

#include "asp/base/error.hpp"
#include "krylov/detail/instantiate.hpp"
#include "krylov/detail/numbering.hpp"

namespace krylov::detail {

template <class Scalar, class Column>
StorageEstimate choose_storage(const CsrView<Scalar, Column>& matrix, const StorageWish& wish,
                               double value_bytes, const Machine& machine) {
    const std::vector<StorageEstimate> all = storages_of(matrix, value_bytes, machine);
    const auto fits = [&](const StorageEstimate& s) {
        if (!(s.storage == Storage::csr ? wish.may_be_rows : wish.may_pack)) return false;
        return (!wish.storage || s.storage == *wish.storage) &&
               (!wish.block || s.block == *wish.block || s.storage != Storage::block_rows);
    };
    const auto found = std::ranges::find_if(all, fits);
    if (found != all.end()) return *found;
    if (wish.storage == Storage::block_rows) {
        const int block = wish.block.value_or(2);
        if (matrix.rows() % block != 0)
            throw asp::InputError(
                "storage = blocks: expected rows that come in blocks; give a block that divides "
                "their number");
        return {Storage::block_rows, block, 16.0, machine.gathered};
    }
    if (wish.storage == Storage::slices || !wish.may_be_rows)
        return {Storage::slices, 1, 16.0, machine.gathered};
    return {};
}

template <class Scalar, class Column>
bool may_pack(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, bool is_wished) {
    constexpr int side = 8;  // of the smallest slice
    if (matrix.rows() == 0 || matrix.rows() >= std::numeric_limits<std::int32_t>::max())
        return false;
    const auto nonzeros = static_cast<double>(matrix.nonzeros());
    const double stored = nonzeros * padded_fill(matrix, numbering, side);
    return 1.5 * stored < std::numeric_limits<std::uint32_t>::max() &&
           (is_wished || 2.0 * stored < 3.0 * nonzeros + 128.0);
}

#define KRYLOV_INSTANTIATE(Scalar, Column)                                                      \
    template StorageEstimate choose_storage(const CsrView<Scalar, Column>&, const StorageWish&, \
                                            double, const Machine&);                            \
    template bool may_pack(const CsrView<Scalar, Column>&, const Renumbering*, bool);
KRYLOV_INSTANTIATE_ALL

}  // namespace krylov::detail
