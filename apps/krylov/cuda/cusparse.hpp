#pragma once
// For sources that are built with the toolkit only.

#include <memory>

#include "asp/cuda/resources.hpp"
#include "krylov/csr.hpp"

namespace krylov::cuda {

/// x_{p+1} = A x_p by cuSPARSE's CSR (algorithm 1), analysed before.
class CusparseProducts {
public:
    /// `basis` [k + 1, n] lies on the device. Precondition: 32 bits count the nonzeros. Throws
    /// BackendError.
    CusparseProducts(const asp::cuda::Stream& stream, const CsrView<double>& matrix, int k,
                     CUdeviceptr basis);
    CusparseProducts(CusparseProducts&&) noexcept;
    ~CusparseProducts();

    /// All k levels.
    void start() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov::cuda
