// For tests only, in place of cusparse.cpp: products on the emulated device, which add up each row
// from its last column to its first, so that their bits are not the reference's, and take two
// launches each.

#include "asp/cuda/emulated_driver.hpp"
#include "krylov/cuda/cusparse.hpp"

namespace krylov::cuda {

using asp::cuda::Stream;

struct CusparseProducts::State {
    const Stream& stream;
    std::vector<std::int64_t> row_start;
    std::vector<std::int32_t> column;
    std::vector<double> value;
    std::size_t k;
    double* basis;  ///< the emulated device's memory is the processor's

    void multiply(std::size_t p) const {
        const std::size_t rows = row_start.size() - 1;
        const double* const x = basis + p * rows;
        for (std::size_t i = 0; i < rows; ++i) {
            double sum = 0.0;
            for (auto e = row_start[i + 1]; e-- > row_start[i];)
                sum += value[static_cast<std::size_t>(e)] * x[column[static_cast<std::size_t>(e)]];
            basis[(p + 1) * rows + i] = sum;
        }
    }
};

CusparseProducts::CusparseProducts(const Stream& stream, const CsrView<double>& m, int k,
                                   CUdeviceptr basis)
    : state_(new State{stream,
                       {m.row_start.begin(), m.row_start.end()},
                       {m.column.begin(), m.column.end()},
                       {m.value.begin(), m.value.end()},
                       static_cast<std::size_t>(k),
                       reinterpret_cast<double*>(basis)}) {}
CusparseProducts::CusparseProducts(CusparseProducts&&) noexcept = default;
CusparseProducts::~CusparseProducts() = default;

void CusparseProducts::start() const {
    const asp::cuda::Function nothing =
        asp::cuda::emulated_function([](const asp::cuda::LaunchShape&, void**) {});
    for (std::size_t p = 0; p < state_->k; ++p) {
        nothing.launch(state_->stream, {}, {});
        nothing.launch(state_->stream, {}, {});
        state_->multiply(p);
    }
}

}  // namespace krylov::cuda
