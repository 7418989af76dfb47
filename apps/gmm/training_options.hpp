#pragma once

#include <optional>

#include "gmm/commands.hpp"
#include "gmm/train.hpp"

namespace gmm {

/// What `gmm train` begins with: from the command line alone, or a model to go on with.
struct Begin {
    Model model;
    std::optional<Mixture> prior;                ///< to be adapted
    std::size_t select_from = 0, select_to = 0;  ///< numbers of components; 0: no choice is asked
};

/// Throws InputError, one line that begins with the option, for what cannot be meant.
Begin training_of(const CommandLine& line);

/// What `frames` and a model do not have in common, as InputError.
void require_fitting(const Mixture& mixture, const std::string& of, std::size_t dimension);

}  // namespace gmm
