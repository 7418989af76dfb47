#pragma once

#include <cstddef>

#include "asp/base/aligned.hpp"
#include "gmm/kernel_config.hpp"
#include "gmm/statistics.hpp"

namespace gmm::detail {

/// A mixture as the kernels of one form read it: in coordinates z = (x - centre) scale, which lie
/// about 0 and are of the order of 1, components along lanes.
template <class Real>
struct Prepared {
    Form form;
    Covariance covariance;
    std::size_t components, dimension;
    std::size_t lanes;
    asp::AlignedVector<Real> centre, scale;  ///< [D]; scales are powers of two
    asp::AlignedVector<Real> transform;      ///< [D, D] for tied ones by Form::norm; else empty
    asp::AlignedVector<Real> parameters, constants;  ///< as the form's kernel says
    double shift = 0.0;  ///< [nats] belongs to every score, and is not in `constants`

    /// Of sums, as the form's kernel makes them.
    std::size_t rows_of_sums() const;
    bool needs_scatter() const { return covariance == Covariance::tied && form == Form::norm; }
};

/// Whether sums may be so many times larger than what is made of them by subtraction.
bool is_bearable(double excess, bool is_single);

/// For data of any kind.
Form careful_form(Covariance covariance);

/// What form suits the mixture: by features where these lose no more to cancellation than
/// the precision allows, since they are quicker.
Form suitable_form(const Mixture& mixture, const Whitening& white, bool is_single);

/// `white`: whitening(mixture). Precondition: the form is one of the mixture's covariance.
template <class Real>
Prepared<Real> prepare(const Mixture& mixture, const Whitening& white, Form form,
                       std::size_t vector_bytes);

/// For nearest centres: scores are (|z|^2 - |z - c_m|^2) / 2, by Form::norm.
template <class Real>
Prepared<Real> prepare_centres(asp::View<const double, 2> centres, std::size_t vector_bytes);

}  // namespace gmm::detail
