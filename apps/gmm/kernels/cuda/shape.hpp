#pragma once
// What a pass of EM on a device is given, and where its blocks keep what they work on; for the
// kernels and for the host that launches them. Freestanding.

#include "asp/kernel/prelude.hpp"
#include "gmm/form.hpp"

namespace gmm::cuda {

/// Components whose scores a block makes at once, and rows of parameters it fetches for them.
constexpr int panel = 64, chunk = 16;
/// Threads that share a frame: a block has `helpers * tile` threads.
constexpr int helpers = 4;
/// Frames of a slab at most: whose sums are made in working precision.
constexpr int longest_slab = 640;
/// Numbers of a record that a block has in hand when records are added up.
constexpr int columns = 32;

/// What a kernel is compiled for.
struct Shape {
    Form form = Form::squares;
    bool is_single = true;
    int tile = 64;             ///< frames that a block has in hand: 16, 32, 64
    bool keeps_frames = true;  ///< in the block's own memory; else in scratch memory outside
    bool keeps_scores = true;  ///< the same
    bool keeps_sums = true;    ///< the same; else they are added to where they belong, in double
    int together = 1;          ///< whitened: components whose moments are made at once
    bool by_cores = false;     ///< single, forms of features: products by tensor cores

    ASP_FN constexpr int threads() const { return helpers * tile; }
    ASP_FN constexpr int real_bytes() const { return is_single ? 4 : 8; }
    /// Reals from row to row of what has frames along it: rows begin on 16 bytes, an odd number of
    /// these apart, so that threads on neighbouring rows are in different banks.
    ASP_FN constexpr int stride() const { return tile + 16 / real_bytes(); }
};

ASP_FN constexpr bool is_of_features(Form form) {
    return form != Form::whitened && form != Form::centred;
}

/// Features of a frame, without the constant 1.
ASP_FN constexpr long features_of(Form form, long D) {
    return form == Form::squares    ? 2 * D
           : form == Form::norm     ? D + 1
           : form == Form::products ? D + D * (D + 1) / 2
                                    : D;
}

/// Of sums: 1, and what the form's kernel on the processor has.
ASP_FN constexpr long rows_of_sums(Form form, long D) {
    return 1 + (form == Form::centred    ? 2 * D
                : form == Form::whitened ? D + D * (D + 1) / 2
                                         : features_of(form, D));
}

ASP_FN constexpr long in_fours(long count) {
    return (count + 3) / 4 * 4;
}

/// Places [Reals] in a block's own memory and in its scratch memory outside.
struct Layout {
    long inside = 0, outside = 0;
    long frames, scores, white, sums;          ///< in the one or the other, as the shape says
    long stage, weight, largest, total, best;  ///< inside

    ASP_FN constexpr Layout(const Shape& s, long D, long M, long wide, bool has_transform)
        : frames(take(s.keeps_frames,
                      (1 + features_of(s.form, D) + (has_transform ? D : 0)) * s.stride())),
          scores(take(s.keeps_scores, M * s.stride())),
          white(take(s.keeps_frames,
                     s.form == Form::whitened ? s.together * in_fours(D + 1) * s.stride() : 0)),
          sums(take(true, s.keeps_sums ? rows_of_sums(s.form, D) * wide : 0)),
          stage(take(true, (panel + 8) * chunk)),
          weight(take(true, s.tile)),
          largest(take(true, s.threads())),
          total(take(true, s.threads())),
          best(take(true, s.threads())) {}

private:
    ASP_FN constexpr long take(bool is_inside, long count) {
        long& end = is_inside ? inside : outside;
        const long begin = end;
        end += in_fours(count);
        return begin;
    }
};

/// Arguments of a pass. Null: not there, or not wanted.
template <class Real>
struct PassCall {
    const Real* rows;        ///< [rows, D]
    const long* chosen;      ///< [frames] numbers of rows; null: all
    const Real* weights;     ///< [rows]; null: 1
    const Real* centre;      ///< [D]; null: 0
    const Real* scale;       ///< [D]; null: 1
    const Real* transform;   ///< [D, D] for tied covariances by Form::norm; else null
    const Real* parameters;  ///< as the form's kernel on the processor says
    const Real* constants;   ///< [wide]
    /// [slabs, record] of each slab: sums as the form's kernel on the processor has them; with a
    /// transform the scatter [D, D] of frames; log-likelihood and weight of all frames.
    double* records;
    double* log_likelihood;    ///< [frames]
    double* responsibilities;  ///< [frames, M]
    int* component;            ///< [frames]
    Real* scratch;             ///< [blocks, Layout::outside]
    long frames;
    int slab;  ///< frames of a slab: a multiple of the tile
    int D, M, wide;

    ASP_FN constexpr long sums(Form form) const { return rows_of_sums(form, D) * wide; }
    ASP_FN constexpr long record(Form form) const {
        return sums(form) + (transform != nullptr ? long(D) * D : 0) + 2;
    }
};

}  // namespace gmm::cuda
