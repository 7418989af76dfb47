#pragma once

namespace asp::io::detail {

/// Keeps VTK from starting threads, in the whole process. False if it cannot be kept.
bool make_vtk_sequential();

}  // namespace asp::io::detail
