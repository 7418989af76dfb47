#include "bindings/gmm.hpp"

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <type_traits>

#include "bindings/attention.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "bindings/numpy.hpp"
#include "gmm/fit.hpp"
#include "gmm/names.hpp"

namespace asp::python {

namespace py = pybind11;
namespace gm = ::gmm;
using py::literals::operator""_a;
namespace {

gm::FitOptions options_of(const std::string& covariance, std::size_t components,
                          const std::string& start, int starts, int iterations, double tolerance,
                          std::uint64_t seed, const gm::MStepOptions& m_step) {
    return {.covariance = gm::parse_covariance(covariance).value(),
            .components = components,
            .start = gm::parse_start(start).value(),
            .starts = starts,
            .iterations = iterations,
            .tolerance = tolerance,
            .seed = seed,
            .m_step = m_step};
}

gm::Mixture mixture_of(const std::string& covariance, const Rows<double>& weights,
                       const Rows<double>& means, const Rows<double>& covariances) {
    return {gm::parse_covariance(covariance).value(), to_array<1>(weights), to_array<2>(means),
            to_array<2>(covariances)};
}

using RepairTuple = std::tuple<std::string, std::size_t, int, std::string>;

gm::FitState state_of(const gm::Mixture& mixture, std::vector<double> trace, bool converged,
                      const std::vector<RepairTuple>& repairs) {
    gm::FitState state;
    state.mixture = mixture;
    state.iteration = static_cast<int>(trace.size());
    state.converged = converged;
    state.trace = std::move(trace);
    for (const auto& [kind, component, iteration, what] : repairs)
        state.repairs.push_back({gm::parse_repair(kind).value(), component, iteration, what});
    return state;
}

/// Changes with the bytes: surely where those of one number do, since each step is one to one, and
/// else but for one case in 2^64. Lanes, so that it goes as fast as memory is read.
std::uint64_t digest(const Rows<std::uint8_t>& bytes) {
    using Words = std::array<std::uint64_t, 8>;
    constexpr auto mix = [](std::uint64_t state, std::uint64_t word) {
        return std::rotl((state ^ word) * 0x9E3779B97F4A7C15U, 31);  // odd: 2^64 / golden ratio
    };
    const auto size = static_cast<std::size_t>(bytes.size());
    Words state{};
    for (std::size_t at = 0; at < size; at += sizeof(Words)) {
        Words words{};
        std::memcpy(words.data(), bytes.data() + at, std::min(sizeof words, size - at));
        for (std::size_t lane = 0; lane < words.size(); ++lane)
            state[lane] = mix(state[lane], words[lane]);
    }
    std::uint64_t all = size;
    for (const std::uint64_t lane : state) all = mix(all, lane);
    return all;
}

/// Whether all bits of the exponent are set: a test that the compiler makes of many at a time.
template <class Real>
bool is_not_finite(Real value) {
    using Bits = std::conditional_t<sizeof(Real) == 8, std::uint64_t, std::uint32_t>;
    constexpr Bits exponent = std::bit_cast<Bits>(std::numeric_limits<Real>::infinity());
    return (std::bit_cast<Bits>(value) & exponent) == exponent;
}

/// Row and column of the first number that is not finite.
template <class Real>
std::optional<std::array<std::size_t, 2>> first_not_finite(const Rows<Real>& x,
                                                           std::size_t threads) {
    const std::span<const Real> values(x.data(), static_cast<std::size_t>(x.size()));
    const std::size_t columns = static_cast<std::size_t>(x.shape(1));
    const WithoutGil others;
    const Lease lease = HartPool::process().request(threads);
    std::atomic<std::size_t> first = values.size();
    const auto look = [&](std::size_t lo, std::size_t hi) {
        bool is_found = false;
        for (std::size_t i = lo; i < hi; ++i) is_found |= is_not_finite(values[i]);
        if (!is_found) return;
        while (!is_not_finite(values[lo])) ++lo;
        std::size_t known = first;
        while (lo < known && !first.compare_exchange_weak(known, lo)) continue;
    };
    constexpr std::size_t grain = 1 << 14;
    Team(lease).run(look, 0, values.size(), grain);
    if (first == values.size()) return std::nullopt;
    return std::array{first / columns, first % columns};
}

/// A mixture to start from, what was repaired in it, and what Python raised meanwhile or None.
template <class Real>
py::tuple start(const Rows<Real>& x, const Weights<Real>& weights, const gm::FitOptions& options,
                std::size_t threads, const std::string& mode) {
    Attention attention;
    gm::Update update;
    {
        const gm::Frames<Real> frames = frames_of<Real>(x, weights);
        const WithoutGil others;
        const EmCall call(threads, mode);
        gm::FramesInMemory<Real> source(frames);
        update = gm::initial_mixture<Real>(source, options, call.engine, attention.go_on());
    }
    return py::make_tuple(std::move(update.mixture), to_list(update.repairs), attention.error());
}

/// The state where the fit ended, and what Python raised meanwhile or None. Without a state to go
/// on from, a fit from the beginning.
template <class Real>
py::tuple fit(const std::optional<gm::FitState>& given, const Rows<Real>& x,
              const Weights<Real>& weights, const gm::FitOptions& options,
              const std::optional<py::function>& on_iteration, std::size_t threads,
              const std::string& mode) {
    Attention attention;
    gm::FitState state;
    const auto watch = [&](const gm::FitState& now) {
        if (on_iteration)
            attention.give([&] {
                (*on_iteration)(now.start, now.iteration, now.trace.back(), now.converged);
            });
        return !attention.wanted_end();
    };
    {
        const gm::Frames<Real> frames = frames_of<Real>(x, weights);
        const WithoutGil others;
        const EmCall call(threads, mode);
        gm::FramesInMemory<Real> source(frames);
        const auto go_on = attention.go_on();
        state = given ? gm::continue_fit<Real>(*given, source, options, call.engine, watch, go_on)
                      : gm::fit<Real>(source, options, call.engine, {}, watch, go_on);
    }
    return py::make_tuple(std::move(state), attention.error());
}

/// What is wanted of each frame as `width` doubles, in the precision of the frames. The engine
/// gives doubles: those of single precision pass through a block of them.
template <class Real, class Wanted>
void evaluate(const gm::Mixture& mixture, const gm::Frames<Real>& frames, std::size_t width,
              Real* results, const Wanted& wanted, const EmCall& call) {
    if constexpr (std::is_same_v<Real, double>) {
        call.engine.evaluate<Real>(mixture, frames, wanted(results, frames.size()));
    } else {
        const std::size_t block =
            gm::slab_frames * std::max<std::size_t>(1, 1024 / width);  // some 16 MiB
        std::vector<double> values(std::min(block, frames.size()) * width);
        for (std::size_t lo = 0; lo < frames.size(); lo += block) {
            const std::size_t count = std::min(block, frames.size() - lo);
            call.engine.evaluate<Real>(mixture, frames.part(lo, lo + count),
                                       wanted(values.data(), count));
            std::transform(
                values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count * width),
                results + lo * width, [](double value) { return static_cast<Real>(value); });
        }
    }
}

template <class Real>
py::array_t<Real> log_likelihood(const gm::Mixture& mixture, const Rows<Real>& x,
                                 std::size_t threads, const std::string& mode) {
    py::array_t<Real> result(x.shape(0));
    Real* const values = result.mutable_data();
    const gm::Frames<Real> frames = frames_of<Real>(x, std::nullopt);
    const auto wanted = [](double* to, std::size_t count) {
        return gm::FrameResults{.log_likelihood = {to, count}};
    };
    const WithoutGil others;
    evaluate<Real>(mixture, frames, 1, values, wanted, EmCall(threads, mode));
    return result;
}

template <class Real>
py::array_t<Real> responsibilities(const gm::Mixture& mixture, const Rows<Real>& x,
                                   std::size_t threads, const std::string& mode) {
    const std::size_t M = mixture.components();
    py::array_t<Real> result({x.shape(0), static_cast<py::ssize_t>(M)});
    Real* const values = result.mutable_data();
    const gm::Frames<Real> frames = frames_of<Real>(x, std::nullopt);
    const auto wanted = [M](double* to, std::size_t count) {
        return gm::FrameResults{.responsibilities = {to, {count, M}}};
    };
    const WithoutGil others;
    evaluate<Real>(mixture, frames, M, values, wanted, EmCall(threads, mode));
    return result;
}

template <class Real>
py::array_t<std::int32_t> components(const gm::Mixture& mixture, const Rows<Real>& x,
                                     std::size_t threads, const std::string& mode) {
    py::array_t<std::int32_t> result(x.shape(0));
    const std::span<std::int32_t> values(result.mutable_data(),
                                         static_cast<std::size_t>(result.size()));
    const gm::Frames<Real> frames = frames_of<Real>(x, std::nullopt);
    const WithoutGil others;
    const EmCall call(threads, mode);
    call.engine.evaluate<Real>(mixture, frames, {.component = values});
    return result;
}

template <class Real>
void bind_passes(py::module_& module) {
    module.def("gmm_first_not_finite", &first_not_finite<Real>, "x"_a.noconvert(), "threads"_a);
    module.def("gmm_start", &start<Real>, "x"_a.noconvert(), "weights"_a.noconvert(), "options"_a,
               "threads"_a, "mode"_a);
    module.def("gmm_fit", &fit<Real>, "state"_a, "x"_a.noconvert(), "weights"_a.noconvert(),
               "options"_a, "on_iteration"_a, "threads"_a, "mode"_a);
    module.def("gmm_log_likelihood", &log_likelihood<Real>, "mixture"_a, "x"_a.noconvert(),
               "threads"_a, "mode"_a);
    module.def("gmm_responsibilities", &responsibilities<Real>, "mixture"_a, "x"_a.noconvert(),
               "threads"_a, "mode"_a);
    module.def("gmm_components", &components<Real>, "mixture"_a, "x"_a.noconvert(), "threads"_a,
               "mode"_a);
}

void bind_options(py::module_& module) {
    py::class_<gm::MStepOptions>(module, "GmmMStepOptions")
        .def(py::init([](double regularization) {
                 return gm::MStepOptions{.regularization = regularization};
             }),
             "regularization"_a);
    py::class_<gm::FitOptions>(module, "GmmFitOptions")
        .def(py::init(&options_of), "covariance"_a, "components"_a, "start"_a, "starts"_a,
             "iterations"_a, "tolerance"_a, "seed"_a, "m_step"_a);
}

void bind_mixture(py::module_& module) {
    module.def("gmm_digest", &digest, "bytes"_a.noconvert());
    py::class_<gm::Mixture>(module, "GmmMixture")
        .def(py::init(&mixture_of), "covariance"_a, "weights"_a, "means"_a, "covariances"_a)
        .def_property_readonly("covariance",
                               [](const gm::Mixture& m) { return gm::name_of(m.covariance); })
        .def_property_readonly("weights", [](const gm::Mixture& m) { return to_numpy(m.weights); })
        .def_property_readonly("means", [](const gm::Mixture& m) { return to_numpy(m.means); })
        .def_property_readonly("covariances",
                               [](const gm::Mixture& m) { return to_numpy(m.covariances); })
        .def_property_readonly(
            "whitening_factors",
            [](const gm::Mixture& m) { return to_numpy(gm::whitening(m).factors); })
        .def_property_readonly("free_parameters", &gm::free_parameters);
}

void bind_state(py::module_& module) {
    py::class_<gm::FitState>(module, "GmmFitState")
        .def(py::init(&state_of), "mixture"_a, "trace"_a, "converged"_a, "repairs"_a)
        .def_readonly("mixture", &gm::FitState::mixture)
        .def_readonly("iteration", &gm::FitState::iteration)
        .def_readonly("converged", &gm::FitState::converged)
        .def_readonly("trace", &gm::FitState::trace)
        .def_readonly("greatest_fall", &gm::FitState::greatest_fall)
        .def_readonly("start", &gm::FitState::start)
        .def_readonly("best", &gm::FitState::best)
        .def_property_readonly("repairs", [](const gm::FitState& s) { return to_list(s.repairs); });
}

}  // namespace

const gmm::Engine& em_kernels(const std::string& mode) {
    static std::mutex mutex;
    // Never destroyed: a kernel may be compiling when the interpreter ends.
    static auto& engines = *new std::map<std::string, std::unique_ptr<gmm::Engine>>;
    const std::lock_guard lock(mutex);
    auto& engine = engines[mode];
    if (!engine) engine = std::make_unique<gmm::Engine>(nullptr, context_of(mode, 0));
    return *engine;
}

py::list to_list(const std::vector<gm::Repair>& repairs) {
    py::list list;
    for (const gm::Repair& r : repairs)
        list.append(py::make_tuple(gm::name_of(r.kind), r.component, r.iteration, r.what));
    return list;
}

void bind_gmm(py::module_& module) {
    bind_mixture(module);
    bind_options(module);
    bind_state(module);
    bind_passes<double>(module);
    bind_passes<float>(module);
    bind_gmm_statistics(module);
    bind_gmm_online(module);
    bind_gmm_files(module);
    bind_gmm_many(module);
}

}  // namespace asp::python
