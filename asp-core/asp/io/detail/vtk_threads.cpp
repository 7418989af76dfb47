#include "asp/io/detail/vtk_threads.hpp"

#include <vtkSMPTools.h>

namespace asp::io::detail {

bool make_vtk_sequential() {
    return vtkSMPTools::SetBackend("Sequential");
}

}  // namespace asp::io::detail
