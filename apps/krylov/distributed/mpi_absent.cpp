#include "asp/base/error.hpp"
#include "krylov/distributed/communicator.hpp"
#include "krylov/distributed/distributed_akx.hpp"
#include "krylov/distributed/ghosted_akx.hpp"
#include "krylov/distributed/halo.hpp"

namespace krylov {
namespace {

[[noreturn]] void fail() {
    throw asp::BackendError("built without MPI: install libopenmpi-dev and configure again");
}

}  // namespace

struct Communicator::Handle {};
struct Halo::State {};
struct DistributedAkx::State {};
struct GhostedAkx::State {};

// Without a communicator, which nobody can get, nothing else here is ever called.
Communicator Communicator::world() {
    fail();
}
Communicator::Communicator(std::shared_ptr<const Handle>) {
    fail();
}
void Communicator::agree(const std::optional<std::string>&) const {
    fail();
}

Halo::Halo(const Communicator&, std::vector<HaloMessage>, std::vector<HaloMessage>, std::size_t) {
    fail();
}
Halo::Halo(Halo&&) noexcept = default;
Halo::~Halo() = default;
std::span<const HaloMessage> Halo::sent() const {
    fail();
}
std::span<const HaloMessage> Halo::received() const {
    fail();
}
std::span<double> Halo::send_buffer(std::size_t) {
    fail();
}
std::span<const double> Halo::receive_buffer(std::size_t) const {
    fail();
}
void Halo::receive() {
    fail();
}
void Halo::send() {
    fail();
}
void Halo::progress() {
    fail();
}
void Halo::finish() {
    fail();
}

DistributedAkx::DistributedAkx(const Communicator&, const CsrView<double, std::int64_t>&,
                               const DistributedOptions&) {
    fail();
}
DistributedAkx::DistributedAkx(DistributedAkx&&) noexcept = default;
DistributedAkx::~DistributedAkx() = default;
void DistributedAkx::powers(asp::View<double, 3>, const Recurrence&) {
    fail();
}
void DistributedAkx::polynomial(asp::View<const double, 2>, const Polynomial&,
                                asp::View<double, 2>) {
    fail();
}
const RowLayout& DistributedAkx::layout() const {
    fail();
}
const DistributedCost& DistributedAkx::cost() const {
    fail();
}

}  // namespace krylov
