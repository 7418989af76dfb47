#pragma once
// Read by kernels of every kind: nothing but the enumeration in here.

namespace gmm {

/// How a pass of EM computes.
enum class Form {
    squares,   ///< by features (kernels/feature_em.hpp): diagonal covariances
    norm,      ///< the same: spherical and tied ones, nearest centres
    products,  ///< the same: full covariances, for data that are not much wider than components
    whitened,  ///< kernels/whitened_em.hpp: full covariances, any data
    centred,   ///< kernels/centred_em.hpp: diagonal and spherical ones, any data
};
inline constexpr int forms = 5;

}  // namespace gmm
