#pragma once

#include "asp/ir/detail/lowering.hpp"

namespace asp::ir::detail {

inline void report(const Source& source, const Complaints& complaints, Diagnostics& diagnostics) {
    for (const Complaints::One& one : complaints.in_order)
        diagnostics.error(complaint(source, one.span, one.message));
}

/// Runs what may give up, and complains where it did.
template <class Act>
bool attempt(Complaints& complaints, Act&& act) {
    try {
        act();
        return complaints.empty();
    } catch (const SyntaxError& error) {
        complaints.in_order.push_back({error.span, error.message});
    } catch (const Abandoned& abandoned) {
        if (!abandoned.message.empty())
            complaints.in_order.push_back({abandoned.span, abandoned.message});
    }
    return false;
}

}  // namespace asp::ir::detail
