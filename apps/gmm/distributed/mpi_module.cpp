#include "gmm/distributed/mpi_module.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <vector>

#include "asp/base/error.hpp"

namespace gmm {
namespace {

void check(int code, const char* what) {
    if (code == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(code, text.data(), &length);
    throw asp::BackendError(fmt::format("{}: {}", what, text.data()));
}

bool is_mpi_over() {
    int is_over = 0;
    MPI_Finalized(&is_over);
    return is_over != 0;
}

/// MPI, where nobody has started it, until the end of the process.
class MpiSession {
public:
    MpiSession() {
        if (is_mpi_over())
            throw asp::BackendError("MPI was ended in this process and cannot start again");
        int is_there = 0, provided = 0;
        MPI_Initialized(&is_there);
        is_ours_ = is_there == 0;
        if (is_ours_) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    }
    MpiSession(const MpiSession&) = delete;
    MpiSession& operator=(const MpiSession&) = delete;
    ~MpiSession() {
        if (is_ours_ && !is_mpi_over()) MPI_Finalize();
    }

private:
    bool is_ours_ = false;
};

/// Nobody else's messages can be taken for ours.
MPI_Comm own_communicator() {
    static const MpiSession session;
    MPI_Comm ours = MPI_COMM_NULL;
    check(MPI_Comm_dup(MPI_COMM_WORLD, &ours), "MPI_Comm_dup");
    MPI_Comm_set_errhandler(ours, MPI_ERRORS_RETURN);
    return ours;
}
int rank_in(MPI_Comm comm) {
    int rank = 0;
    MPI_Comm_rank(comm, &rank);
    return rank;
}
int size_of(MPI_Comm comm) {
    int size = 1;
    MPI_Comm_size(comm, &size);
    return size;
}

class MpiRanks final : public Ranks {
public:
    explicit MpiRanks(MPI_Comm comm) : Ranks(rank_in(comm), size_of(comm)), comm_(comm) {}
    ~MpiRanks() override {
        if (!is_mpi_over()) MPI_Comm_free(&comm_);
    }

    /// To one rank and back: with a reduction on each, the ranks' bits might differ.
    void add_up(std::span<double> values) const override {
        std::vector<double> sums(values.size());
        in_pieces(values, [&](double* piece, std::size_t at, int count) {
            check(MPI_Reduce(piece, sums.data() + at, count, MPI_DOUBLE, MPI_SUM, 0, comm_),
                  "MPI_Reduce");
        });
        if (rank == 0) std::copy(sums.begin(), sums.end(), values.begin());
        broadcast(values);
    }
    void broadcast(std::span<double> values) const override {
        in_pieces(values, [&](double* piece, std::size_t, int count) {
            check(MPI_Bcast(piece, count, MPI_DOUBLE, 0, comm_), "MPI_Bcast");
        });
    }
    bool any(bool is_so) const override {
        const int mine = is_so ? 1 : 0;
        int most = 0;
        check(MPI_Allreduce(&mine, &most, 1, MPI_INT, MPI_MAX, comm_), "MPI_Allreduce");
        return most != 0;
    }
    void agree(const std::optional<std::string>& problem) const override {
        const int mine = problem ? rank : size;
        int first = size;
        check(MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, comm_), "MPI_Allreduce");
        if (first == size) return;
        std::string text = first == rank ? *problem : "";
        int length = static_cast<int>(text.size());
        check(MPI_Bcast(&length, 1, MPI_INT, first, comm_), "MPI_Bcast");
        text.resize(static_cast<std::size_t>(length));
        check(MPI_Bcast(text.data(), length, MPI_CHAR, first, comm_), "MPI_Bcast");
        throw asp::InputError(fmt::format("rank {}: {}", first, text));
    }

private:
    /// MPI counts in int.
    template <class Act>
    static void in_pieces(std::span<double> values, const Act& act) {
        constexpr std::size_t most = std::size_t{1} << 24U;
        for (std::size_t at = 0; at < values.size(); at += most)
            act(values.data() + at, at, static_cast<int>(std::min(most, values.size() - at)));
    }

    MPI_Comm comm_;
};

}  // namespace
}  // namespace gmm

gmm::Ranks* gmm_make_ranks() {
    return new gmm::MpiRanks(gmm::own_communicator());  // NOLINT: over a C name
}
