#include "krylov/distributed/detail/messages.hpp"

#include "krylov/distributed/detail/mpi.hpp"

namespace krylov::detail {
namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

std::int64_t bytes_of(std::span<const HaloMessage> messages, std::size_t vectors) {
    std::size_t slots = 0;
    for (const HaloMessage& message : messages) slots += message.slots.size();
    return static_cast<std::int64_t>(slots * vectors * sizeof(double));
}

}  // namespace

std::vector<HaloMessage> messages_to_send(const Communicator& communicator,
                                          std::span<const HaloMessage> received,
                                          const std::function<std::int64_t(std::int32_t)>& number,
                                          std::int64_t first_row) {
    Parcels<std::int64_t> wanted;
    wanted.count.resize(at(communicator.size()));
    for (const HaloMessage& message : received)
        for (const HaloSlot& slot : message.slots) {
            wanted.items.push_back(slot.level);
            wanted.items.push_back(number(slot.position));
            wanted.count[at(message.rank)] += 2;
        }
    const auto requests = exchange(communicator, wanted);
    std::vector<HaloMessage> messages;
    auto item = requests.items.begin();
    for (std::size_t rank = 0; rank < requests.count.size(); ++rank) {
        if (requests.count[rank] == 0) continue;
        HaloMessage& message = messages.emplace_back(HaloMessage{static_cast<int>(rank), {}});
        for (std::int64_t i = 0; i < requests.count[rank]; i += 2, item += 2)
            message.slots.push_back({static_cast<std::int32_t>(item[0]),
                                     static_cast<std::int32_t>(item[1] - first_row)});
    }
    return messages;
}

void send(Halo& halo, asp::View<const double, 3> basis, std::int64_t first_own) {
    for (std::size_t m = 0; m < halo.sent().size(); ++m) {
        double* out = halo.send_buffer(m).data();
        for (const HaloSlot& slot : halo.sent()[m].slots)
            for (std::size_t v = 0; v < basis.extent(1); ++v)
                *out++ = basis(slot.level, v, first_own + slot.position);
    }
    halo.send();
}

void unpack(const Halo& halo, asp::View<double, 3> values) {
    for (std::size_t m = 0; m < halo.received().size(); ++m) {
        const double* in = halo.receive_buffer(m).data();
        for (const HaloSlot& slot : halo.received()[m].slots)
            for (std::size_t v = 0; v < values.extent(1); ++v)
                values(slot.level, v, slot.position) = *in++;
    }
}

DistributedCost cost_of(const Halo& halo, std::size_t vectors) {
    DistributedCost cost;
    cost.messages_sent = std::ssize(halo.sent());
    cost.messages_received = std::ssize(halo.received());
    cost.bytes_sent = bytes_of(halo.sent(), vectors);
    cost.bytes_received = bytes_of(halo.received(), vectors);
    return cost;
}

}  // namespace krylov::detail
