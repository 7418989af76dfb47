#pragma once

namespace asp::stencil::detail {

/// So many doubles, aligned to a cache line, that belong to the calling thread until it asks for
/// more or ends; null where there are not so many. A thread that asked once for as many is answered
/// in nanoseconds. What kernels call for their rings: a megabyte or so for each thread.
double* lend_workspace(long doubles);

}  // namespace asp::stencil::detail
