// For tests only, in place of cusparse.cpp: products on the emulated device, which add up each row
// from its last column to its first, so that their bits are not the reference's.

#include "krylov/cuda/cusparse.hpp"

namespace krylov::cuda {

struct CusparseProducts::State {
    std::int64_t columns;
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

CusparseProducts::CusparseProducts(const asp::cuda::Stream&, const CsrView<double>& m, int k,
                                   CUdeviceptr basis)
    : state_(new State{m.columns,
                       {m.row_start.begin(), m.row_start.end()},
                       {m.column.begin(), m.column.end()},
                       {m.value.begin(), m.value.end()},
                       static_cast<std::size_t>(k),
                       reinterpret_cast<double*>(basis)}) {}
CusparseProducts::CusparseProducts(CusparseProducts&&) noexcept = default;
CusparseProducts::~CusparseProducts() = default;

void CusparseProducts::start() const {
    for (std::size_t p = 0; p < state_->k; ++p) state_->multiply(p);
}

}  // namespace krylov::cuda
