#include "krylov/distributed/communicator.hpp"

#include <array>

#include "krylov/distributed/detail/mpi.hpp"

namespace krylov {
namespace {

/// MPI, where nobody has started it, until the end of the process.
class MpiSession {
public:
    MpiSession() {
        int is_there = 0, provided = 0;
        MPI_Initialized(&is_there);
        is_ours_ = !is_there;
        if (is_ours_) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    }
    MpiSession(const MpiSession&) = delete;
    MpiSession& operator=(const MpiSession&) = delete;
    ~MpiSession() {
        if (is_ours_ && !detail::is_mpi_over()) MPI_Finalize();
    }

private:
    bool is_ours_ = false;
};

}  // namespace

Communicator::Handle::~Handle() {
    if (!detail::is_mpi_over()) MPI_Comm_free(&comm);
}

Communicator::Communicator(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {
    MPI_Comm_set_errhandler(handle_->comm, MPI_ERRORS_RETURN);
    MPI_Comm_rank(handle_->comm, &rank_);
    MPI_Comm_size(handle_->comm, &size_);
}

Communicator Communicator::world() {
    if (detail::is_mpi_over())
        throw asp::BackendError("MPI was ended in this process and cannot start again");
    static const MpiSession session;
    MPI_Comm ours = MPI_COMM_NULL;
    detail::check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &ours), "MPI_Comm_dup");
    return Communicator(std::make_shared<const Handle>(ours));
}

void Communicator::agree(const std::optional<std::string>& problem) const {
    detail::PendingAgreement(*this, problem).finish();
}

namespace detail {

PendingAgreement::PendingAgreement(const Communicator& communicator,
                                   std::optional<std::string> problem)
    : communicator_(communicator),
      problem_(std::move(problem)),
      mine_(problem_ ? communicator.rank() : communicator.size()),
      first_(communicator.size()) {
    check_mpi(
        MPI_Iallreduce(&mine_, &first_, 1, MPI_INT, MPI_MIN, communicator.handle().comm, &request_),
        "MPI_Iallreduce");
}

void PendingAgreement::finish() {
    check_mpi(MPI_Wait(&request_, MPI_STATUS_IGNORE), "MPI_Wait");
    if (first_ == communicator_.size()) return;
    const MPI_Comm comm = communicator_.handle().comm;
    std::string text = first_ == communicator_.rank() ? *problem_ : "";
    int length = static_cast<int>(text.size());
    check_mpi(MPI_Bcast(&length, 1, MPI_INT, first_, comm), "MPI_Bcast");
    text.resize(static_cast<std::size_t>(length));
    check_mpi(MPI_Bcast(text.data(), length, MPI_CHAR, first_, comm), "MPI_Bcast");
    throw asp::InputError(fmt::format("rank {}: {}", first_, text));
}

void check_mpi(int code, const char* what) {
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

MpiCounts mpi_counts(std::span<const std::int64_t> count) {
    MpiCounts counts;
    std::int64_t before = 0;
    for (const std::int64_t items : count) {
        counts.count.push_back(static_cast<int>(items));
        counts.displacement.push_back(static_cast<int>(before));
        before += items;
    }
    return counts;
}

}  // namespace detail
}  // namespace krylov
