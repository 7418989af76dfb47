#include "krylov/cuda/cusparse.hpp"

#include <cuda_runtime_api.h>
#include <cusparse.h>

#include <algorithm>
#include <string>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"

namespace krylov::cuda {
namespace {

void check(cudaError_t status) {
    if (status != cudaSuccess)
        throw asp::BackendError(std::string("CUDA: ") + cudaGetErrorString(status));
}
void check(cusparseStatus_t status) {
    if (status != CUSPARSE_STATUS_SUCCESS)
        throw asp::BackendError(std::string("cuSPARSE: ") + cusparseGetErrorString(status));
}

using Memory = asp::UniqueHandle<void*, &cudaFree>;
using Handle = asp::UniqueHandle<cusparseHandle_t, &cusparseDestroy>;
using Event = asp::UniqueHandle<cudaEvent_t, &cudaEventDestroy>;

Memory allocate(std::size_t bytes) {
    void* at = nullptr;
    check(cudaMalloc(&at, std::max<std::size_t>(bytes, 1)));
    return Memory(at);
}

template <class T>
Memory upload(const std::vector<T>& values) {
    Memory memory = allocate(values.size() * sizeof(T));
    check(
        cudaMemcpy(memory.get(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
    return memory;
}

Event event() {
    cudaEvent_t made = nullptr;
    check(cudaEventCreate(&made));
    return Event(made);
}

/// [s] between two moments on the device.
template <class Act>
double device_seconds(Act&& act) {
    const Event begin = event(), end = event();
    check(cudaEventRecord(begin.get(), nullptr));
    act();
    check(cudaEventRecord(end.get(), nullptr));
    check(cudaEventSynchronize(end.get()));
    float milliseconds = 0.0F;
    check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()));
    return 1e-3 * static_cast<double>(milliseconds);
}

}  // namespace

double cusparse_seconds(const Csr<double>& m, int k, int repetitions) {
    cusparseHandle_t created = nullptr;
    check(cusparseCreate(&created));
    const Handle handle(created);
    const std::vector<std::int32_t> starts(m.row_start.begin(), m.row_start.end());
    const Memory start = upload(starts), column = upload(m.column), value = upload(m.value);
    const auto n = static_cast<std::size_t>(m.rows());
    const Memory basis = upload(std::vector<double>(n * (static_cast<std::size_t>(k) + 1), 1.0));
    auto* const x = static_cast<double*>(basis.get());

    cusparseSpMatDescr_t a = nullptr;
    check(cusparseCreateCsr(&a, m.rows(), m.columns, m.nonzeros(), start.get(), column.get(),
                            value.get(), CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                            CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F));
    std::vector<cusparseDnVecDescr_t> level(static_cast<std::size_t>(k) + 1);
    for (std::size_t p = 0; p < level.size(); ++p)
        check(cusparseCreateDnVec(&level[p], m.rows(), x + p * n, CUDA_R_64F));
    const double one = 1.0, zero = 0.0;
    std::size_t bytes = 0;
    constexpr auto as_is = CUSPARSE_OPERATION_NON_TRANSPOSE;
    constexpr auto algorithm = CUSPARSE_SPMV_CSR_ALG1;
    check(cusparseSpMV_bufferSize(handle.get(), as_is, &one, a, level[0], &zero, level[1],
                                  CUDA_R_64F, algorithm, &bytes));
    const Memory buffer = allocate(bytes);
    check(cusparseSpMV_preprocess(handle.get(), as_is, &one, a, level[0], &zero, level[1],
                                  CUDA_R_64F, algorithm, buffer.get()));
    const auto products = [&] {
        for (std::size_t p = 0; p + 1 < level.size(); ++p)
            check(cusparseSpMV(handle.get(), as_is, &one, a, level[p], &zero, level[p + 1],
                               CUDA_R_64F, algorithm, buffer.get()));
    };
    products();
    const double seconds = device_seconds([&] {
        for (int i = 0; i < repetitions; ++i) products();
    });
    for (cusparseDnVecDescr_t vector : level) check(cusparseDestroyDnVec(vector));
    check(cusparseDestroySpMat(a));
    return seconds / repetitions;
}

}  // namespace krylov::cuda
