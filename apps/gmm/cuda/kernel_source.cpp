#include "gmm/cuda/kernel_source.hpp"

#include <fmt/format.h>

#include <span>

#include "asp/jit/header.hpp"

namespace gmm::cuda {

std::span<const asp::jit::Header> kernel_headers();

namespace {

const char* name_of(Form form) {
    switch (form) {
        case Form::squares:
            return "squares";
        case Form::norm:
            return "norm";
        case Form::products:
            return "products";
        case Form::whitened:
            return "whitened";
        case Form::centred:
            break;
    }
    return "centred";
}

std::string configuration(const KernelSpecification& k) {
    const Shape& s = k.shape;
    return fmt::format(
        "struct Configuration {{\n"
        "    using Real = {};\n"
        "    static constexpr gmm::cuda::Shape shape{{gmm::Form::{}, {}, {}, {}, {}, {}, {}, "
        "{}}};\n"
        "    static constexpr int dimension = {};\n"
        "}};\n",
        s.is_single ? "float" : "double", name_of(s.form), s.is_single, s.tile, s.keeps_frames,
        s.keeps_scores, s.keeps_sums, s.together, s.by_cores, k.dimension);
}

std::string kernel(int threads, std::string_view parameters, std::string_view call) {
    return fmt::format(
        "extern \"C\" __global__ void __launch_bounds__({})\n"
        "gmm_kernel({}) {{\n"
        "    gmm::cuda::{};\n"
        "}}\n",
        threads, parameters, call);
}

}  // namespace

asp::jit::Source source_of(const KernelSpecification& k) {
    asp::jit::Source source;
    switch (k.kind) {
        case KernelKind::pass:
            source.name = fmt::format("EM, {}, D = {}", name_of(k.shape.form), k.dimension);
            source.text =
                "#include \"gmm/kernels/cuda/pass.hpp\"\n" + configuration(k) +
                kernel(k.shape.threads(), "const gmm::cuda::PassCall<Configuration::Real> call",
                       "pass<Configuration>(gmm::cuda::Thread(), call)");
            break;
        case KernelKind::add_records:
            source.name = "sums of EM";
            source.text =
                "#include \"gmm/kernels/cuda/pass.hpp\"\n" +
                kernel(add_records_threads,
                       "const double* records, long slabs, long numbers, double* total",
                       "add_records(gmm::cuda::Thread(), records, slabs, numbers, total)");
            break;
        case KernelKind::many:
            source.name = fmt::format("EM, many, D = {}", k.dimension);
            source.text =
                "#include \"gmm/kernels/cuda/many.hpp\"\n" + configuration(k) +
                kernel(k.shape.threads(), "const gmm::cuda::ManyCall<Configuration::Real> call",
                       "many<Configuration>(gmm::cuda::Thread(), call)");
            break;
    }
    for (const auto& header : asp::jit::kernel_headers()) source.headers.push_back(header);
    for (const auto& header : kernel_headers()) source.headers.push_back(header);
    return source;
}

}  // namespace gmm::cuda
