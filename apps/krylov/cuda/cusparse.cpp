#include "krylov/cuda/cusparse.hpp"

#include <cusparse.h>

#include <string>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"

namespace krylov::cuda {
namespace {

using asp::cuda::Buffer;
using asp::cuda::Stream;

void check(cusparseStatus_t status) {
    if (status != CUSPARSE_STATUS_SUCCESS)
        throw asp::BackendError(std::string("cuSPARSE: ") + cusparseGetErrorString(status));
}

using Handle = asp::UniqueHandle<cusparseHandle_t, &cusparseDestroy>;
using Matrix = asp::UniqueHandle<cusparseSpMatDescr_t, &cusparseDestroySpMat>;
using Vector = asp::UniqueHandle<cusparseDnVecDescr_t, &cusparseDestroyDnVec>;

template <class T>
Buffer upload(const Stream& stream, std::span<const T> values) {
    Buffer buffer(values.size_bytes());
    stream.copy_in(buffer.address(), values.data(), values.size_bytes());
    return buffer;
}

Handle handle_on(const Stream& stream) {
    cusparseHandle_t created = nullptr;
    check(cusparseCreate(&created));
    Handle handle(created);
    check(cusparseSetStream(created, stream.get()));
    return handle;
}

}  // namespace

struct CusparseProducts::State {
    Handle handle;
    Buffer start, column, value;
    Matrix matrix;
    std::vector<Vector> level;
    Buffer work;

    State(const Stream& stream, const CsrView<double>& m, int k, CUdeviceptr basis)
        : handle(handle_on(stream)),
          start(upload<std::int32_t>(
              stream, std::vector<std::int32_t>(m.row_start.begin(), m.row_start.end()))),
          column(upload(stream, m.column)),
          value(upload(stream, m.value)),
          matrix(describe(m)) {
        const auto bytes = static_cast<std::size_t>(m.rows()) * sizeof(double);
        for (std::size_t p = 0; p <= static_cast<std::size_t>(k); ++p) {
            cusparseDnVecDescr_t made = nullptr;
            check(cusparseCreateDnVec(&made, m.rows(), reinterpret_cast<void*>(basis + p * bytes),
                                      CUDA_R_64F));
            level.emplace_back(made);
        }
        std::size_t needed = 0;
        check(cusparseSpMV_bufferSize(handle.get(), as_is, &one, matrix.get(), level[0].get(),
                                      &zero, level[1].get(), CUDA_R_64F, algorithm, &needed));
        work = Buffer(needed);
        check(cusparseSpMV_preprocess(handle.get(), as_is, &one, matrix.get(), level[0].get(),
                                      &zero, level[1].get(), CUDA_R_64F, algorithm,
                                      work.as<void>()));
    }

    void multiply(std::size_t p) const {
        check(cusparseSpMV(handle.get(), as_is, &one, matrix.get(), level[p].get(), &zero,
                           level[p + 1].get(), CUDA_R_64F, algorithm, work.as<void>()));
    }

    static constexpr double one = 1.0, zero = 0.0;
    static constexpr auto as_is = CUSPARSE_OPERATION_NON_TRANSPOSE;
    static constexpr auto algorithm = CUSPARSE_SPMV_CSR_ALG1;

private:
    Matrix describe(const CsrView<double>& m) const {
        cusparseSpMatDescr_t made = nullptr;
        check(cusparseCreateCsr(&made, m.rows(), m.columns, m.nonzeros(), start.as<void>(),
                                column.as<void>(), value.as<void>(), CUSPARSE_INDEX_32I,
                                CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F));
        return Matrix(made);
    }
};

CusparseProducts::CusparseProducts(const Stream& stream, const CsrView<double>& matrix, int k,
                                   CUdeviceptr basis)
    : state_(std::make_unique<State>(stream, matrix, k, basis)) {}
CusparseProducts::CusparseProducts(CusparseProducts&&) noexcept = default;
CusparseProducts::~CusparseProducts() = default;

void CusparseProducts::start() const {
    for (std::size_t p = 0; p + 1 < state_->level.size(); ++p) state_->multiply(p);
}

}  // namespace krylov::cuda
