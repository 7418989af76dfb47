#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "asp/base/diagnostics.hpp"
#include "asp/config/node.hpp"

namespace asp::config {

/// A YAML file that remembers where each value stands. Complaints, from reading it and from reading
/// its nodes, go to the diagnostics it was loaded with, which must outlive it.
class Document {
public:
    /// Never throws for bad input: a file that cannot be read, is empty or is not YAML is a
    /// complaint, and a document about whose nodes nothing more is said.
    static Document load(const std::filesystem::path& path, Diagnostics& diagnostics);
    /// The same from a text; messages call it `name`.
    static Document parse(const std::filesystem::path& name, std::string text,
                          Diagnostics& diagnostics);

    Node root() const;
    /// As the user gave it.
    const std::filesystem::path& path() const noexcept { return path_; }
    /// The file as it was read, without overrides.
    const std::string& text() const noexcept { return text_; }
    /// "key=value" of each override, in order.
    const std::vector<std::string>& overrides() const noexcept { return overrides_; }

    /// Puts a value in place of, or beside, those of the file, before the nodes are read.
    /// `dotted_key`: "a.b[0].c"; maps on the way that are missing are made. Complaints about the
    /// value later name the place "--set a.b[0].c".
    void override_value(const std::string& dotted_key, const std::string& yaml_value,
                        Diagnostics& diagnostics);

private:
    Document(const std::filesystem::path& path, Diagnostics& diagnostics);
    void parse_text(std::string text);

    std::filesystem::path path_;
    std::string text_;
    std::vector<std::string> overrides_;
    std::shared_ptr<detail::Tree> tree_;
};

}  // namespace asp::config
