#pragma once
// Included where code for one instruction set is made: no function of the standard library in here.

#include "gmm/form.hpp"

namespace gmm {

/// All that the generated text of an EM kernel depends on, but for the variant.
struct KernelConfig {
    Form form = Form::squares;
    /// Frames run along the lanes (kernels/frame_em.hpp), else components; of forms by features.
    bool has_frames_in_lanes = false;
    bool is_single = false;  ///< float, else double
    int vector_bytes = 16;   ///< 16, 32, 64: what the widest registers here hold
    int dimension = 0;       ///< 0: the call says
    int components = 0;      ///< 0: the call says

    friend bool operator==(const KernelConfig&, const KernelConfig&) = default;
};

/// Frames of a tile: what it holds should stay in the caches of a hart.
constexpr int default_tile(Form form, bool has_frames_in_lanes) {
    return has_frames_in_lanes ? 160 : form == Form::whitened ? 16 : 48;
}

constexpr bool is_by_features(Form form) {
    return form == Form::squares || form == Form::norm || form == Form::products;
}

}  // namespace gmm
