#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "asp/base/huge_pages.hpp"
#include "asp/harts/team.hpp"
#include "krylov/csr.hpp"
#include "krylov/kernel_config.hpp"
#include "krylov/kernels/slices.hpp"
#include "krylov/ordering.hpp"

namespace krylov {

/// A matrix as kernels/slices.hpp reads it: sliced ELLPACK over dense blocks. The rows of a slice
/// follow one another, and entries stand in the order of their columns, so that each row is added
/// up as in CSR. Zeros fill blocks, and lanes whose row is shorter: where x is infinite or not a
/// number they make more rows so than a plain product does.
template <class Scalar>
struct SlicedMatrix {
    SliceShape shape;
    std::int64_t rows = 0, columns = 0, nonzeros = 0;
    int index_bytes = 4;               ///< 2 where the columns of every slice lie within 65536
    asp::HugeVector<SliceHead> heads;  ///< [slices + 1]
    asp::HugeVector<std::byte> indices;
    ValueForm form = ValueForm::full;
    asp::HugeVector<Scalar> values;           ///< in full; of complex numbers: see the kernel
    asp::HugeVector<std::byte> short_values;  ///< or in another form
    std::array<Scalar, 16> table{};           ///< what codes stand for
    std::int64_t runs = 0;                    ///< slices whose columns run

    std::int64_t slices() const { return static_cast<std::int64_t>(heads.size()) - 1; }
    std::int64_t slice_rows() const { return shape.rows * shape.lanes; }
    double fill() const {
        return nonzeros == 0 ? 1.0 : static_cast<double>(stored()) / static_cast<double>(nonzeros);
    }
    std::size_t bytes() const {
        return heads.size() * sizeof(SliceHead) + indices.size() + values_bytes();
    }
    /// Numbers, zeros that fill among them.
    std::size_t stored() const {
        return form == ValueForm::coded    ? short_values.size()
               : form == ValueForm::single ? short_values.size() / sizeof(float)
                                           : values.size();
    }
    const std::byte* values_data() const {
        return form == ValueForm::full ? reinterpret_cast<const std::byte*>(values.data())
                                       : short_values.data();
    }
    std::size_t values_bytes() const {
        return values.size() * sizeof(Scalar) + short_values.size();
    }
};

/// The shortest form in which nothing is lost: coded where there are at most 16 numbers, 0 among
/// them, then single. Real double precision only; all else is kept in full.
template <class Scalar>
struct ShortForm {
    ValueForm form = ValueForm::full;
    std::array<Scalar, 16> table{};  ///< what codes stand for, 0 first

    double value_bytes() const {
        return form == ValueForm::full ? sizeof(Scalar) : form == ValueForm::single ? 4.0 : 1.0;
    }
};
template <class Scalar, class Column>
ShortForm<Scalar> shortest_form(const CsrView<Scalar, Column>& matrix,
                                const asp::Team* team = nullptr);

/// Precondition: a block's sides divide the matrix's, and `form` loses nothing. `team` shares the
/// work; null: alone. With a numbering (of blocks, which are square) the result is that of the
/// matrix in it, but each row's entries stand in the order of their given columns.
template <class Scalar, class Column>
SlicedMatrix<Scalar> pack(const CsrView<Scalar, Column>& matrix, const SliceShape& shape,
                          const asp::Team* team = nullptr, const ShortForm<Scalar>& form = {},
                          const Renumbering* numbering = nullptr);

/// What a sample of slices looks like.
struct SliceSample {
    double fill = 1.0;   ///< stored numbers over nonzeros
    double runs = 0.0;   ///< share of stored numbers that stand in runs
    double bytes = 0.0;  ///< [for each nonzero] of heads and indices
};
/// Precondition: a block's sides divide the matrix's.
template <class Scalar, class Column>
SliceSample sample_slices(const CsrView<Scalar, Column>& matrix, const SliceShape& shape);

}  // namespace krylov
