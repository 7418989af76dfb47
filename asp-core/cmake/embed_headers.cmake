# Run by asp_embed_headers(): writes `output`, with the text of `headers` in `function`().
string(REGEX REPLACE "::[^:]*$" "" namespace "${function}")
string(REGEX REPLACE "^.*::" "" name "${function}")
set(text "// Generated from the headers named below.\n#include \"asp/jit/header.hpp\"\n\n")
string(APPEND text "namespace ${namespace} {\n\n")
string(APPEND text "std::span<const asp::jit::Header> ${name}();\n\n")
string(APPEND text "std::span<const asp::jit::Header> ${name}() {\n")
string(APPEND text "    static constexpr asp::jit::Header headers[] = {\n")
foreach(header IN LISTS headers)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${base} OUTPUT_VARIABLE path)
    # In hexadecimal: a text that CMake takes apart and puts together loses brackets and
    # semicolons. A string literal, and not an array, because a compiler reads it a hundred times
    # faster.
    file(READ ${header} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${bytes}")
    # A newline in the text ends a line here: readable, and no line is too long.
    string(REPLACE "\\x0a" "\\x0a\"\n         \"" escaped "${escaped}")
    string(APPEND text "        {\"${path}\",\n         {\"${escaped}\", ${size}}},\n")
endforeach()
string(APPEND text "    };\n    return headers;\n}\n\n}  // namespace ${namespace}\n")
file(WRITE ${output} "${text}")
