#include "krylov/cuda/kernel_source.hpp"

#include <fmt/format.h>

#include <span>

#include "asp/jit/header.hpp"

namespace krylov::cuda {

std::span<const asp::jit::Header> kernel_headers();

namespace {

std::string matrix_type(const KernelSpecification& s) {
    const char* const real = s.is_single ? "float" : "double";
    const int width = s.is_complex ? 2 : 1;
    if (s.kind == KernelKind::all_tiles)
        return fmt::format("krylov::cuda::Tiles<{}, {}>", real, width);
    if (s.block == 1) return fmt::format("krylov::cuda::SlicedRows<{}, {}>", real, width);
    return fmt::format("krylov::cuda::SlicedBlocks<{}, {}, {}, {}>", real, width, s.block, s.block);
}

}  // namespace

asp::jit::Source source_of(const KernelSpecification& s) {
    const bool syncs = s.kind == KernelKind::all_levels;
    const std::string call = syncs ? "all_levels(thread, matrix, levels, basis, counter)"
                             : s.kind == KernelKind::all_tiles
                                 ? "all_tiles(thread, matrix, levels, basis)"
                                 : "one_level(thread, matrix, levels, levels.first, basis)";
    asp::jit::Source source;
    source.name = "powers, " + matrix_type(s);
    source.text = fmt::format(
        "#include \"krylov/kernels/cuda/powers.hpp\"\n"
        "using Matrix = {};\n"
        "extern \"C\" __global__ void __launch_bounds__(256)\n"
        "powers(const Matrix matrix, const krylov::cuda::Levels levels, Matrix::Real* basis{}) {{\n"
        "    const krylov::cuda::Thread thread;\n"
        "    krylov::cuda::{};\n"
        "}}\n",
        matrix_type(s), syncs ? ", unsigned* counter" : "", call);
    for (const auto& header : asp::jit::kernel_headers()) source.headers.push_back(header);
    for (const auto& header : kernel_headers()) source.headers.push_back(header);
    return source;
}

}  // namespace krylov::cuda
