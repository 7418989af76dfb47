#pragma once

#include <filesystem>
#include <string>

#include "asp/base/diagnostics.hpp"
#include "bloodflow/network.hpp"

namespace bloodflow {

/// A network file's content and its text, for the record.
struct NetworkFile {
    Network network;
    std::string text;
};

/// Reads and checks a network (`meshes/*.yaml`). All complaints of the file go to `diagnostics`;
/// the network is of use only if there are none.
NetworkFile read_network(const std::filesystem::path& path, asp::Diagnostics& diagnostics);
/// The same from a text; messages call it `name`.
NetworkFile parse_network(const std::filesystem::path& name, std::string text,
                          asp::Diagnostics& diagnostics);

}  // namespace bloodflow
