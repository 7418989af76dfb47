#include "gmm/detail/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmm/kernels/feature_em.hpp"

namespace gmm::detail {
namespace {

template <class Real>
class Pass {
public:
    Pass(const KernelConfig& config, const asp::Arguments& arguments)
        : form_(config.form),
          given_(arguments),
          D_(arguments.sizes[Size::dimension]),
          M_(arguments.sizes[Size::components]),
          lanes_(config.vector_bytes / static_cast<long>(sizeof(Real))),
          wide_(wide_of(M_, lanes_)) {}

    void frame(long n, long slab) {
        slab_ = slab;
        const auto* const chosen = optional<const long>(Operand::chosen);
        const auto* const weights = optional<const Real>(Operand::weights);
        const long row = chosen != nullptr ? chosen[n] : n;
        const double weight = weights != nullptr ? static_cast<double>(weights[row]) : 1.0;
        fetch(row);
        std::vector<double> score(static_cast<std::size_t>(M_));
        for (long m = 0; m < M_; ++m) score[at(m)] = score_of(m);
        const auto best = std::max_element(score.begin(), score.end());
        double evidence = *best;
        if (auto* const to = optional<int>(Operand::component))
            to[n] = static_cast<int>(best - score.begin());
        if (given_.sizes[Size::is_hard] != 0) {
            for (auto s = score.begin(); s != score.end(); ++s) *s = s == best ? weight : 0.0;
        } else {
            double sum = 0.0;
            for (const double s : score) sum += std::exp(s - *best);
            evidence += std::log(sum);
            for (double& s : score) s = weight * std::exp(s - evidence);
        }
        if (auto* const to = optional<double>(Operand::log_likelihood)) to[n] = evidence;
        if (auto* const to = optional<double>(Operand::responsibilities))
            std::copy(score.begin(), score.end(), to + n * M_);
        array<double>(Operand::totals)[2 * slab] += weight * evidence;
        array<double>(Operand::totals)[2 * slab + 1] += weight;
        if (optional<double>(Operand::sums) != nullptr)
            for (long m = 0; m < M_; ++m) add_sums(m, score[at(m)]);
        if (auto* const to = optional<double>(Operand::scatter))
            for (long i = 0; i < D_; ++i)
                for (long j = 0; j <= i; ++j)
                    to[(slab * D_ + i) * D_ + j] += weight * z_[at(i)] * z_[at(j)];
    }

private:
    Form form_;
    const asp::Arguments& given_;
    long D_, M_, lanes_, wide_, slab_ = 0;
    std::vector<double> z_;    ///< the frame in the kernel's coordinates
    std::vector<double> phi_;  ///< its features

    static std::size_t at(long i) { return static_cast<std::size_t>(i); }
    template <class T>
    T* array(int place) const {
        return static_cast<T*>(given_.arrays[place]);
    }
    template <class T>
    T* optional(int place) const {
        return (given_.sizes[Size::given] >> place & 1) != 0 ? array<T>(place) : nullptr;
    }
    double number(int place, long i) const {
        return static_cast<double>(array<const Real>(place)[i]);
    }

    void fetch(long row) {
        z_.clear();
        for (long i = 0; i < D_; ++i)
            z_.push_back((number(Operand::rows, row * D_ + i) - number(Operand::centre, i)) *
                         number(Operand::scale, i));
        if (optional<const Real>(Operand::transform) != nullptr)
            for (long i = D_ - 1; i >= 0; --i) {
                double sum = 0.0;
                for (long j = 0; j <= i; ++j)
                    sum += number(Operand::transform, i * D_ + j) * z_[at(j)];
                z_[at(i)] = sum;
            }
        phi_ = z_;
        double norm = 0.0;
        for (long i = 0; i < D_; ++i) {
            norm += z_[at(i)] * z_[at(i)];
            if (form_ == Form::squares) phi_.push_back(z_[at(i)] * z_[at(i)]);
            if (form_ == Form::products)
                for (long j = 0; j <= i; ++j) phi_.push_back(z_[at(i)] * z_[at(j)]);
        }
        if (form_ == Form::norm) phi_.push_back(norm);
    }

    /// A number of a whitened component, of `rows` for each.
    long place(long rows, long row, long m) const {
        return form_ == Form::whitened ? (m / lanes_ * rows + row) * lanes_ + m % lanes_
                                       : row * wide_ + m;
    }
    double parameter(long row, long m) const {
        return number(Operand::parameters, place(D_ + D_ * (D_ + 1) / 2, row, m));
    }

    std::vector<double> white(long m) const {
        std::vector<double> y;
        long row = D_;
        for (long i = 0; i < D_; ++i) {
            if (form_ == Form::centred) {
                y.push_back((z_[at(i)] + parameter(2 * i, m)) * parameter(2 * i + 1, m));
                continue;
            }
            double sum = parameter(i, m);
            for (long j = 0; j <= i; ++j) sum += parameter(row++, m) * z_[at(j)];
            y.push_back(sum);
        }
        return y;
    }

    double score_of(long m) const {
        double score = number(Operand::constants, m);
        if (form_ == Form::whitened || form_ == Form::centred) {
            for (const double y : white(m)) score -= 0.5 * y * y;
        } else {
            for (std::size_t k = 0; k < phi_.size(); ++k)
                score += phi_[k] * parameter(static_cast<long>(k), m);
        }
        return score;
    }

    void add_sums(long m, double r) {
        std::vector<double> features = phi_;
        if (form_ == Form::whitened || form_ == Form::centred) {
            const std::vector<double> y = white(m);
            features = y;
            for (std::size_t i = 0; i < y.size(); ++i) {
                if (form_ == Form::centred) features.push_back(y[i] * y[i]);
                if (form_ == Form::whitened)
                    for (std::size_t j = 0; j <= i; ++j) features.push_back(y[i] * y[j]);
            }
        }
        const long rows = 1 + static_cast<long>(features.size());
        double* const sums = optional<double>(Operand::sums) + slab_ * rows * wide_;
        sums[place(rows, 0, m)] += r;
        for (long k = 1; k < rows; ++k) sums[place(rows, k, m)] += r * features[at(k - 1)];
    }
};

template <class Real>
int run(const KernelConfig& config, const asp::Arguments& arguments, long lo, long hi) {
    Pass<Real> pass(config, arguments);
    const long frames = arguments.sizes[Size::frames], length = arguments.sizes[Size::slab];
    for (long slab = lo; slab < hi; ++slab)
        for (long n = slab * length; n < std::min((slab + 1) * length, frames); ++n)
            pass.frame(n, slab);
    return 0;
}

}  // namespace

asp::Interpreter oracle(const KernelConfig& config) {
    return [config](const asp::Arguments& arguments, long lo, long hi) {
        return config.is_single ? run<float>(config, arguments, lo, hi)
                                : run<double>(config, arguments, lo, hi);
    };
}

}  // namespace gmm::detail
