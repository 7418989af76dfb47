#pragma once

#include <string>
#include <string_view>

#include "krylov/csr.hpp"

namespace krylov {

/// Whether `text` names a generated matrix ("stencil:...") rather than a file.
bool is_generated(std::string_view text);

/// What --help prints.
std::string generator_help();

/// Makes a matrix from its description, always the same for the same text. The values are scaled by
/// powers of two (one for all where the matrix is to stay symmetric, one for each row otherwise) so
/// that no row's absolute values sum to more than 1: powers neither overflow nor vanish soon.
///
///   stencil:KIND:SIZE[,key=value...]   KIND 3pt, 5pt, 7pt, 9pt, 27pt; SIZE 128, 64x32 or 64x32x16,
///       the first axis fastest; coefficients=constant|variable (variable: smooth random),
///       anisotropy=A (along the last axis), convection=C (upwind, makes the values unsymmetric)
///   band:N,half_width=500,row=25       random pattern inside a band
///   random:N,row=16                    anywhere
///   power:N,row=16                     degrees follow a power law
///   graph:N[,blocks=3][,order=rcm|natural|random]
///                                      Laplacian of an unstructured triangulated graph, each entry
///                                      a dense block of random values
///   fem:SIZE[,order=natural|rcm|random]
///                                      linear elasticity on tetrahedra, 3 unknowns per node, nodes
///                                      of a box moved about at random, clamped below
/// All take seed=N. Throws InputError for anything else, with what was expected.
Csr<double> generate(const std::string& text);

}  // namespace krylov
