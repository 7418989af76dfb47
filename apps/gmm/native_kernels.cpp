// Compiled once for each x86-64 level, with GMM_KERNELS naming the table.
#include "gmm/native_kernels.hpp"

#include "gmm/kernels/centred_em.hpp"
#include "gmm/kernels/feature_em.hpp"
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

template <Form form, class Number>
struct Any {
    using Real = Number;
    static constexpr int lanes = vector_bytes / sizeof(Real), registers = register_count;
    static constexpr int tile = default_tile(form), dimension = 0, components = 0;
    static constexpr Features features = form == Form::squares ? Features::squares
                                         : form == Form::norm  ? Features::norm
                                                               : Features::products;
};

template <Form form, class Real>
struct Template {
    using type = FeatureEm<Any<form, Real>>;
};
template <class Real>
struct Template<Form::whitened, Real> {
    using type = WhitenedEm<Any<Form::whitened, Real>>;
};
template <class Real>
struct Template<Form::centred, Real> {
    using type = CentredEm<Any<Form::centred, Real>>;
};

template <Form form, class Real>
int entry(const asp::Arguments& arguments, long lo, long hi) {
    return Template<form, Real>::type::run(arguments, lo, hi);
}
}  // namespace

const NativeKernels GMM_KERNELS{vector_bytes,
                                {{entry<Form::squares, double>, entry<Form::squares, float>},
                                 {entry<Form::norm, double>, entry<Form::norm, float>},
                                 {entry<Form::products, double>, entry<Form::products, float>},
                                 {entry<Form::whitened, double>, entry<Form::whitened, float>},
                                 {entry<Form::centred, double>, entry<Form::centred, float>}}};

}  // namespace gmm
