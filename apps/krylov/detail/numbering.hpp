#pragma once

#include "krylov/akx.hpp"
#include "krylov/ordering.hpp"

namespace krylov::detail {

/// Long rows first, and of rows alike those whose column has most entries: slices have few zeros,
/// and what is read most lies together.
template <class Scalar, class Column>
Renumbering numbered_by_length(const CsrView<Scalar, Column>& matrix, int block);

/// Reverse Cuthill-McKee on the graph of blocks; within some hundred neighbours, long rows first.
template <class Scalar, class Column>
Renumbering numbered_by_levels(const CsrView<Scalar, Column>& matrix, int block);

/// Whether a row's neighbours' neighbours are mostly its neighbours, by a sample: a grid or a mesh,
/// which has a numbering in which rows read what is near them, however it is numbered.
template <class Scalar, class Column>
bool is_mesh_like(const CsrView<Scalar, Column>& matrix);

/// Stored numbers over nonzeros, where `lanes` rows that follow one another (in the numbering;
/// null: the given one, in which only the longest counts) lie side by side.
template <class Scalar, class Column>
double padded_fill(const CsrView<Scalar, Column>& matrix, const Renumbering* numbering, int lanes);

}  // namespace krylov::detail
