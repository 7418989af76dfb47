#include "krylov/distributed/halo.hpp"

#include "asp/base/error.hpp"
#include "krylov/distributed/detail/mpi.hpp"
#include "krylov/distributed/testing.hpp"

using namespace krylov;
using namespace krylov::testing;
using asp::testing::message_of;

TEST_CASE("a halo carries each rank's values to the next, again and again") {
    const int ranks = world().size(), next = (world().rank() + 1) % ranks;
    const int previous = (world().rank() + ranks - 1) % ranks;
    Halo halo(world(), {{next, {{0, 3}, {2, 5}}}}, {{previous, {{0, 7}, {2, 8}}}}, 2);
    for (double round = 0.0; round < 3.0; round += 1.0) {
        halo.receive();
        for (std::size_t i = 0; i < 4; ++i)
            halo.send_buffer(0)[i] = 100.0 * world().rank() + 10.0 * round + static_cast<double>(i);
        halo.send();
        halo.progress();
        halo.finish();
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(halo.receive_buffer(0)[i] ==
                  100.0 * previous + 10.0 * round + static_cast<double>(i));
    }
}

TEST_CASE("a halo without neighbours is done at once") {
    Halo halo(world(), {}, {}, 1);
    halo.receive();
    halo.send();
    halo.progress();
    CHECK_NOTHROW(halo.finish());
}

TEST_CASE("messages longer than MPI counts are refused on all ranks") {
    const std::vector<HaloMessage> one{{world().rank(), {{0, 0}, {0, 1}}}};
    CHECK(message_of<asp::InputError>([&] { Halo(world(), one, one, std::size_t{1} << 30); }) ==
          "rank 0: 2147483648 values in one message: expected at most 2^31 - 1; take more ranks or "
          "fewer vectors");
    detail::Parcels<double> parcels;
    parcels.count.resize(static_cast<std::size_t>(world().size()));
    parcels.count[static_cast<std::size_t>(world().rank())] = std::int64_t{1} << 31;
    CHECK(message_of<asp::InputError>([&] { detail::exchange(world(), parcels); }) ==
          "rank 0: 2147483648 items in one exchange: expected at most 2^31 - 1; take more ranks");
}

TEST_CASE("what MPI reports is an error of the back end in MPI's words") {
    const std::string message = message_of<asp::BackendError>([] {
        const double value = 0.0;
        detail::check_mpi(MPI_Send(&value, 1, MPI_DOUBLE, world().size(), 0, world().handle().comm),
                          "MPI_Send");
    });
    CHECK(message == "MPI_Send: MPI_ERR_RANK: invalid rank");
}
