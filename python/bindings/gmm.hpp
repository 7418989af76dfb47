#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "asp/harts/team.hpp"
#include "bindings/context.hpp"
#include "gmm/engine.hpp"
#include "gmm/m_step.hpp"

namespace asp::python {

/// The process's kernels of a mode: they outlive calls.
const gmm::Engine& em_kernels(const std::string& mode);

/// What one call of EM works with. Made and used without the GIL.
struct EmCall {
    EmCall(std::size_t threads, const std::string& mode)
        : lease(HartPool::process().request(threads)),
          team(lease),
          engine(&team, em_kernels(mode)) {}

    Lease lease;
    Team team;
    gmm::Engine engine;
};

/// Arrays that come in have their dtype and lie in one piece: asp.gmm sees to that.
template <class Real>
using Rows = pybind11::array_t<Real, pybind11::array::c_style>;
template <class Real>
using Weights = std::optional<pybind11::array_t<Real, pybind11::array::c_style>>;

template <class Real>
gmm::Frames<Real> frames_of(const Rows<Real>& rows, const Weights<Real>& weights) {
    gmm::Frames<Real> frames{
        {rows.data(),
         {static_cast<std::size_t>(rows.shape(0)), static_cast<std::size_t>(rows.shape(1))}}};
    if (weights) frames.weights = {weights->data(), static_cast<std::size_t>(weights->size())};
    return frames;
}

template <class T, std::size_t Rank>
pybind11::array_t<T> to_numpy(const Array<T, Rank>& array) {
    std::vector<pybind11::ssize_t> shape(array.extents().begin(), array.extents().end());
    return pybind11::array_t<T>(std::move(shape), array.data());
}

template <std::size_t Rank>
Array<double, Rank> to_array(const Rows<double>& values) {
    Extents<Rank> extents{};
    for (std::size_t axis = 0; axis < Rank; ++axis)
        extents[axis] =
            static_cast<std::size_t>(values.shape(static_cast<pybind11::ssize_t>(axis)));
    Array<double, Rank> array(extents);
    std::copy_n(values.data(), array.size(), array.data());
    return array;
}

/// Each repair as (kind, component, iteration, what).
pybind11::list to_list(const std::vector<gmm::Repair>& repairs);

void bind_gmm_files(pybind11::module_& module);
void bind_gmm_many(pybind11::module_& module);
void bind_gmm_online(pybind11::module_& module);
void bind_gmm_statistics(pybind11::module_& module);

}  // namespace asp::python
