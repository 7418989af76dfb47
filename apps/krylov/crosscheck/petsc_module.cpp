#include "krylov/crosscheck/detail/petsc_module.hpp"

#include <fmt/format.h>
#include <petscmat.h>

#include <limits>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/unique_handle.hpp"

namespace krylov {
namespace {

void check(PetscErrorCode code, const char* what) {
    if (code == 0) return;
    const char* text = nullptr;
    char* specific = nullptr;
    PetscErrorMessage(code, &text, &specific);
    throw asp::BackendError(fmt::format("PETSc: {}: {}{}{}", what, text ? text : "unknown error",
                                        specific && *specific ? ": " : "",
                                        specific ? specific : ""));
}

void destroy_matrix(Mat matrix) {
    MatDestroy(&matrix);
}
void destroy_vector(Vec vector) {
    VecDestroy(&vector);
}
using MatHandle = asp::UniqueHandle<Mat, destroy_matrix>;
using VecHandle = asp::UniqueHandle<Vec, destroy_vector>;

/// PETSc, and MPI where nobody has it yet, from the first peer to the end of the process.
class PetscSession {
public:
    PetscSession() {
        PetscBool is_there = PETSC_FALSE;
        PetscInitialized(&is_there);
        is_ours_ = !is_there;
        if (is_ours_) {
            // The process' signals belong to the program.
            check(PetscOptionsSetValue(nullptr, "-no_signal_handler", "true"), "options");
            check(PetscInitializeNoArguments(), "PetscInitialize");
        }
        check(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr), "error handler");
    }
    PetscSession(const PetscSession&) = delete;
    PetscSession& operator=(const PetscSession&) = delete;
    ~PetscSession() {
        int is_mpi_over = 0;
        MPI_Finalized(&is_mpi_over);
        if (is_ours_ && !is_mpi_over) PetscFinalize();
    }

private:
    bool is_ours_ = false;
};

std::string version() {
    PetscInt major = 0, minor = 0, subminor = 0, release = 0;
    PetscGetVersionNumber(&major, &minor, &subminor, &release);
    return fmt::format("{}.{}.{}", major, minor, subminor);
}

std::string name_of(PetscFormat format, int block) {
    return format == PetscFormat::aij         ? "PETSc AIJ"
           : format == PetscFormat::block_aij ? fmt::format("PETSc BAIJ {}", block)
                                              : fmt::format("PETSc SBAIJ {}", block);
}

void check_input(const CsrView<double>& matrix, PetscFormat format, int block) {
    const auto most = static_cast<std::int64_t>(std::numeric_limits<PetscInt>::max());
    if (matrix.row_start.back() > most)
        throw asp::InputError(
            fmt::format("PETSc: {} nonzeros: expected at most {}, what this PETSc's indices count",
                        matrix.row_start.back(), most));
    if (format == PetscFormat::aij) return;
    if (block < 1 || matrix.rows() % block != 0 || matrix.columns % block != 0)
        throw asp::InputError(
            fmt::format("PETSc: blocks of {}: expected a divisor of {} rows and {} columns", block,
                        matrix.rows(), matrix.columns));
}

class PetscPeer final : public Peer {
public:
    PetscPeer(const CsrView<double>& matrix, PetscFormat format, int block)
        : Peer(name_of(format, block), krylov::version()),
          row_start_(matrix.row_start.begin(), matrix.row_start.end()),
          column_(matrix.column.begin(), matrix.column.end()),
          matrix_(build(matrix, format, block)),
          x_(vector(matrix.columns)),
          y_(vector(matrix.rows())) {}

    void multiply(std::span<const double> x, std::span<double> y) override {
        check(VecPlaceArray(x_.get(), x.data()), "VecPlaceArray");
        check(VecPlaceArray(y_.get(), y.data()), "VecPlaceArray");
        check(MatMult(matrix_.get(), x_.get(), y_.get()), "MatMult");
        check(VecResetArray(x_.get()), "VecResetArray");
        check(VecResetArray(y_.get()), "VecResetArray");
    }

private:
    MatHandle build(const CsrView<double>& matrix, PetscFormat format, int block) {
        Mat aij = nullptr;
        // MatMult only reads the values, but one constructor serves readers and writers.
        check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, static_cast<PetscInt>(matrix.rows()),
                                        static_cast<PetscInt>(matrix.columns), row_start_.data(),
                                        column_.data(), const_cast<double*>(matrix.value.data()),
                                        &aij),
              "MatCreateSeqAIJWithArrays");
        MatHandle plain(aij);
        if (format == PetscFormat::aij) return plain;
        const bool is_symmetric = format == PetscFormat::symmetric_block_aij;
        if (is_symmetric) {
            PetscBool answer = PETSC_FALSE;
            if (matrix.rows() == matrix.columns)
                check(MatIsSymmetric(aij, 0.0, &answer), "MatIsSymmetric");
            if (!answer) throw asp::InputError("PETSc SBAIJ: expected a symmetric matrix");
            check(MatSetOption(aij, MAT_SYMMETRIC, PETSC_TRUE), "MatSetOption");
        }
        check(MatSetBlockSize(aij, block), "MatSetBlockSize");
        Mat blocked = nullptr;
        check(
            MatConvert(aij, is_symmetric ? MATSEQSBAIJ : MATSEQBAIJ, MAT_INITIAL_MATRIX, &blocked),
            "MatConvert");
        return MatHandle(blocked);
    }

    static VecHandle vector(std::int64_t size) {
        Vec vector = nullptr;
        check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, static_cast<PetscInt>(size), nullptr,
                                    &vector),
              "VecCreateSeqWithArray");
        return VecHandle(vector);
    }

    std::vector<PetscInt> row_start_, column_;
    MatHandle matrix_;
    VecHandle x_, y_;
};

}  // namespace
}  // namespace krylov

krylov::Peer* krylov_make_petsc_peer(const krylov::CsrView<double>& matrix,
                                     krylov::PetscFormat format, int block) {
    static const krylov::PetscSession session;
    krylov::check_input(matrix, format, block);
    return std::make_unique<krylov::PetscPeer>(matrix, format, block).release();
}
