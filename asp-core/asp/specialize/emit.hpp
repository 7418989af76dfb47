#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "asp/ir/function.hpp"
#include "asp/specialize/cpp_text.hpp"

namespace asp {

/// What results become in the code.
enum class Results {
    returned,  ///< `return a;`, or `return {a, b};` where there are several
    assigned,  ///< `target = a;`, one line for each
};

/// How a function of the IR is written as C++ (g++, clang, nvcc, NVRTC) that needs only
/// asp/kernel/prelude.hpp.
struct EmitOptions {
    std::string real = "double";  ///< or "float"
    /// C++ text of an argument, as it stands in expressions: "A", "beta[i]". By default its name
    /// in the function where that is an identifier, else "a0", "a1", ...
    std::function<std::string(std::size_t)> argument = {};
    Results results = Results::returned;
    /// Where an assigned result goes: "out[0]". By default "result[0]", ... All assignments stand
    /// last, but a target must not be read by a later one.
    std::function<std::string(std::size_t)> target = {};
    int indent = 4;  ///< columns before each statement
};

/// The function's statements, one a line, each ended by a newline. What is used more than once has
/// a name, what is used once stands in its place while the line stays short. Equal functions that
/// were built the same way give the same text, whatever else their graphs hold.
///
/// A function of the C library is called in a statement of its own before the branch that needs
/// it, or g++ would not vectorize the loop; compile with -fno-tree-sink, or it moves back.
std::string emit_body(const ir::Function& function, const EmitOptions& options = {});

/// The head of a C++ function.
struct Signature {
    std::string name = {};
    std::string parameters = {};        ///< "double A, long i"
    std::string qualifiers = "ASP_FN";  ///< "static ASP_FN"
    std::string return_type = {};       ///< by default the real type, void if assigned
    std::string after_parameters = {};  ///< "const"
    int indent = 0;                     ///< columns before the head
};

/// A whole function, below a comment with the text that it was made from.
std::string emit_function(const ir::Function& function, const Signature& signature,
                          EmitOptions options = {});

}  // namespace asp
