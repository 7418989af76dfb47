#include "krylov/peers.hpp"

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "krylov/generate.hpp"
#include "krylov/reference.hpp"
#include "krylov/workload.hpp"

using namespace krylov;

namespace {

/// x, A x, A^2 x, A^3 x by the reference.
asp::Array<double, 3> basis_of(const Csr<double>& matrix) {
    asp::Array<double, 3> basis({4, 1, static_cast<std::size_t>(matrix.rows())});
    fill_random<double>({basis.data(), basis.extent(2)});
    reference_powers(matrix.view(), monomial_basis(3), basis.view());
    return basis;
}

}  // namespace

TEST_CASE("other libraries give the reference's powers but for rounding") {
    const Csr<double> matrix = generate("fem:4");
    const auto ours = basis_of(matrix);
    asp::HartPool pool(2);
    const asp::Lease lease = pool.request();
    const asp::Team team(lease);
    for (const NamedPeer& named : all_peers(matrix.view(), 3)) {
        INFO(named.key);
        CHECK(named.parts.size() == 3);
        asp::Array<double, 3> theirs = ours;
        std::fill(&theirs(1, 0, 0), theirs.end(), 0.0);
        run(named, theirs.view(), team);
        const PeerDifference found = difference(ours.view(), theirs.view(), matrix.view());
        CHECK(found.is_rounding);
        CHECK(found.largest < 1e-13);  // 3 levels, 45 nonzeros in a row, hardly any cancellation
    }
}

TEST_CASE("a difference beyond rounding is found, and not-a-number is one") {
    const Csr<double> matrix = generate("stencil:5pt:8");
    const auto ours = basis_of(matrix);
    auto theirs = ours;
    CHECK(difference(ours.view(), theirs.view(), matrix.view()).largest == 0.0);
    theirs(2, 0, 5) += 1e-12;
    CHECK_FALSE(difference(ours.view(), theirs.view(), matrix.view()).is_rounding);
    theirs = ours;
    theirs(1, 0, 0) = std::nan("");
    CHECK_FALSE(difference(ours.view(), theirs.view(), matrix.view()).is_rounding);
}

TEST_CASE("a peer that is none is refused with those that are") {
    CHECK(asp::testing::message_of<asp::InputError>([] {
              require_peer_names({"petsc", "mkl"});
          }) == "--cross-check mkl: expected petsc or eigen, or both as petsc,eigen");
}
