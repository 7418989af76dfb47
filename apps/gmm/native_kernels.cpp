// Compiled once for each x86-64 level, with GMM_KERNELS naming the table.
#include "gmm/native_kernels.hpp"

#include "gmm/kernels/centred_em.hpp"
#include "gmm/kernels/feature_em.hpp"
#include "gmm/kernels/frame_em.hpp"
#include "gmm/kernels/whitened_em.hpp"

namespace gmm {
// Each level has kernels of its own, which the linker must not merge.
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64, register_count = 32;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32, register_count = 16;
#else
constexpr int vector_bytes = 16, register_count = 16;
#endif

template <Form form, class Number, bool has_frames_in_lanes>
struct Any {
    using Real = Number;
    static constexpr int lanes = vector_bytes / sizeof(Real), registers = register_count;
    static constexpr int tile = default_tile(form, has_frames_in_lanes);
    static constexpr int dimension = 0, components = 0;
    static constexpr Features features = form == Form::squares ? Features::squares
                                         : form == Form::norm  ? Features::norm
                                                               : Features::products;
};

template <Form form, class Real>
int entry(const asp::Arguments& arguments, long lo, long hi) {
    using Configuration = Any<form, Real, false>;
    if constexpr (form == Form::whitened)
        return WhitenedEm<Configuration>::run(arguments, lo, hi);
    else if constexpr (form == Form::centred)
        return CentredEm<Configuration>::run(arguments, lo, hi);
    else
        return FeatureEm<Configuration>::run(arguments, lo, hi);
}
template <Form form, class Real>
int turned(const asp::Arguments& arguments, long lo, long hi) {
    return FrameEm<Any<form, Real, true>>::run(arguments, lo, hi);
}

}  // namespace

const NativeKernels GMM_KERNELS{vector_bytes,
                                {{entry<Form::squares, double>, entry<Form::squares, float>},
                                 {entry<Form::norm, double>, entry<Form::norm, float>},
                                 {entry<Form::products, double>, entry<Form::products, float>},
                                 {entry<Form::whitened, double>, entry<Form::whitened, float>},
                                 {entry<Form::centred, double>, entry<Form::centred, float>}},
                                {{turned<Form::squares, double>, turned<Form::squares, float>},
                                 {turned<Form::norm, double>, turned<Form::norm, float>},
                                 {turned<Form::products, double>, turned<Form::products, float>},
                                 {nullptr, nullptr},
                                 {nullptr, nullptr}}};

}  // namespace gmm
