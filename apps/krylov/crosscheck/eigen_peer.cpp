#include <fmt/format.h>

#include <Eigen/SparseCore>
#include <limits>
#include <vector>

#include "asp/base/error.hpp"
#include "krylov/crosscheck/peer.hpp"

namespace krylov {
namespace {

class EigenPeer final : public Peer {
    using Matrix = Eigen::SparseMatrix<double, Eigen::RowMajor, std::int32_t>;

public:
    explicit EigenPeer(const CsrView<double>& matrix)
        : Peer("Eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                                    EIGEN_MINOR_VERSION)),
          row_start_(matrix.row_start.begin(), matrix.row_start.end()),
          matrix_(matrix.rows(), matrix.columns, matrix.nonzeros(), row_start_.data(),
                  matrix.column.data(), matrix.value.data()) {}

    void multiply(std::span<const double> x, std::span<double> y) override {
        const Eigen::Map<const Eigen::VectorXd> from(x.data(), matrix_.cols());
        Eigen::Map<Eigen::VectorXd>(y.data(), matrix_.rows()).noalias() = matrix_ * from;
    }

private:
    std::vector<std::int32_t> row_start_;  // Eigen has one type for both kinds of index
    Eigen::Map<const Matrix> matrix_;
};

}  // namespace

std::unique_ptr<Peer> eigen_peer(const CsrView<double>& matrix) {
    if (matrix.row_start.back() > std::numeric_limits<std::int32_t>::max())
        throw asp::InputError(
            fmt::format("Eigen: {} nonzeros: expected fewer than 2^31", matrix.row_start.back()));
    return std::make_unique<EigenPeer>(matrix);
}

}  // namespace krylov
