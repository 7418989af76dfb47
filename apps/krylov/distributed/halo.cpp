#include "krylov/distributed/halo.hpp"

#include "krylov/distributed/detail/mpi.hpp"

namespace krylov {
namespace {

using Buffers = std::vector<std::vector<double>>;

Buffers make_buffers(const std::vector<HaloMessage>& messages, std::size_t vectors) {
    Buffers buffers;
    for (const HaloMessage& message : messages)
        buffers.emplace_back(message.slots.size() * vectors);
    return buffers;
}

/// Collective: MPI counts a message's values in an int.
void check_sizes(const Communicator& communicator, const std::vector<HaloMessage>& sent,
                 const std::vector<HaloMessage>& received, std::size_t vectors) {
    std::size_t most = 0;
    for (const auto* messages : {&sent, &received})
        for (const HaloMessage& message : *messages)
            most = std::max(most, message.slots.size() * vectors);
    communicator.agree(most > INT_MAX
                           ? std::optional(fmt::format("{} values in one message: expected at most "
                                                       "2^31 - 1; take more ranks or fewer vectors",
                                                       most))
                           : std::nullopt);
}

/// Collective. The ranks keep their numbers.
MPI_Comm graph_communicator(const Communicator& communicator, const std::vector<HaloMessage>& sent,
                            const std::vector<HaloMessage>& received) {
    std::vector<int> to, from;
    for (const HaloMessage& message : sent) to.push_back(message.rank);
    for (const HaloMessage& message : received) from.push_back(message.rank);
    MPI_Comm graph = MPI_COMM_NULL;
    detail::check_mpi(
        MPI_Dist_graph_create_adjacent(communicator.handle().comm, static_cast<int>(from.size()),
                                       from.data(), MPI_UNWEIGHTED, static_cast<int>(to.size()),
                                       to.data(), MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &graph),
        "MPI_Dist_graph_create_adjacent");
    return graph;
}

}  // namespace

struct Halo::State {
    std::vector<HaloMessage> sent, received;
    Buffers out, in;
    Communicator::Handle graph;
    std::vector<MPI_Request> requests;  ///< receives, then sends

    State(const Communicator& communicator, std::vector<HaloMessage> sent_messages,
          std::vector<HaloMessage> received_messages, std::size_t vectors)
        : sent(std::move(sent_messages)),
          received(std::move(received_messages)),
          out(make_buffers(sent, vectors)),
          in(make_buffers(received, vectors)),
          graph(graph_communicator(communicator, sent, received)) {
        constexpr int tag = 0;
        for (std::size_t m = 0; m < received.size(); ++m)
            detail::check_mpi(
                MPI_Recv_init(in[m].data(), static_cast<int>(in[m].size()), MPI_DOUBLE,
                              received[m].rank, tag, graph.comm, &requests.emplace_back()),
                "MPI_Recv_init");
        for (std::size_t m = 0; m < sent.size(); ++m)
            detail::check_mpi(
                MPI_Send_init(out[m].data(), static_cast<int>(out[m].size()), MPI_DOUBLE,
                              sent[m].rank, tag, graph.comm, &requests.emplace_back()),
                "MPI_Send_init");
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (detail::is_mpi_over()) return;
        for (MPI_Request& request : requests) MPI_Request_free(&request);
    }

    void start(std::span<MPI_Request> some) {
        if (some.empty()) return;
        detail::check_mpi(MPI_Startall(static_cast<int>(some.size()), some.data()), "MPI_Startall");
    }
};

Halo::Halo(const Communicator& communicator, std::vector<HaloMessage> sent,
           std::vector<HaloMessage> received, std::size_t vectors) {
    check_sizes(communicator, sent, received, vectors);
    state_ = std::make_unique<State>(communicator, std::move(sent), std::move(received), vectors);
}
Halo::Halo(Halo&&) noexcept = default;
Halo::~Halo() = default;

std::span<const HaloMessage> Halo::sent() const {
    return state_->sent;
}
std::span<const HaloMessage> Halo::received() const {
    return state_->received;
}
std::span<double> Halo::send_buffer(std::size_t message) {
    return state_->out[message];
}
std::span<const double> Halo::receive_buffer(std::size_t message) const {
    return state_->in[message];
}

void Halo::receive() {
    state_->start(std::span(state_->requests).first(state_->received.size()));
}
void Halo::send() {
    state_->start(std::span(state_->requests).subspan(state_->received.size()));
}

void Halo::progress() {
    int is_done = 0;
    // On requests all done, a second wait returns at once: they stay, inactive.
    detail::check_mpi(MPI_Testall(static_cast<int>(state_->requests.size()),
                                  state_->requests.data(), &is_done, MPI_STATUSES_IGNORE),
                      "MPI_Testall");
}

void Halo::finish() {
    detail::check_mpi(MPI_Waitall(static_cast<int>(state_->requests.size()),
                                  state_->requests.data(), MPI_STATUSES_IGNORE),
                      "MPI_Waitall");
}

}  // namespace krylov
