#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "krylov/distributed/communicator.hpp"

namespace krylov {

/// One value on its way: of which vector of the basis, and where it lies on its side.
struct HaloSlot {
    std::int32_t level;
    std::int32_t position;
};

/// All that passes between two ranks in one direction, in one message.
struct HaloMessage {
    int rank;
    std::vector<HaloSlot> slots;
};

/// The same messages to the same neighbours again and again: set up once, on a graph communicator,
/// as persistent sends and receives (persistent neighbourhood collectives came with MPI 4).
class Halo {
public:
    /// Collective. Each slot carries `vectors` values. What one rank sends another receives: both
    /// lists must agree, and name each rank once. Throws InputError on all ranks where a message of
    /// one is longer than MPI counts.
    Halo(const Communicator& communicator, std::vector<HaloMessage> sent,
         std::vector<HaloMessage> received, std::size_t vectors);
    Halo(Halo&&) noexcept;
    ~Halo();

    std::span<const HaloMessage> sent() const;
    std::span<const HaloMessage> received() const;

    /// [slots * vectors] of a message; a slot's vectors side by side. To be written before send().
    std::span<double> send_buffer(std::size_t message);
    /// To be read after finish().
    std::span<const double> receive_buffer(std::size_t message) const;

    void receive();   ///< opens the receive buffers
    void send();      ///< lets the messages go
    void progress();  ///< lets MPI move what is on its way; costs little
    void finish();    ///< waits until all is here and gone. Throws BackendError, as all of these.

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace krylov
