# asp_embed_headers(TARGET FUNCTION BASE_DIR FOLDER FILES HEADERS...)
# Puts the text of headers into the target, behind `std::span<const asp::jit::Header> FUNCTION()`
# (its name with its namespace: bloodflow::kernel_headers), which the target declares in a header of
# its own. A header's path is relative to FOLDER, as sources include it. A changed header is
# embedded anew by the next build.
set(ASP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_headers.cmake)

function(asp_embed_headers target function)
    cmake_parse_arguments(PARSE_ARGV 2 embed "" "BASE_DIR" "FILES")
    if(NOT embed_BASE_DIR OR NOT embed_FILES OR embed_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "asp_embed_headers: expected TARGET FUNCTION BASE_DIR FOLDER FILES HEADERS...")
    endif()
    set(paths)
    foreach(file IN LISTS embed_FILES)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
        cmake_path(IS_PREFIX embed_BASE_DIR ${file} NORMALIZE inside)
        if(NOT inside)
            message(FATAL_ERROR "asp_embed_headers: ${file} does not lie in ${embed_BASE_DIR}")
        endif()
        list(APPEND paths ${file})
    endforeach()
    string(MAKE_C_IDENTIFIER ${function} name)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${target}_${name}.cpp)
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -D "function=${function}" -D "base=${embed_BASE_DIR}"
                -D "headers=${paths}" -D "output=${output}" -P ${ASP_EMBED_SCRIPT}
        DEPENDS ${paths} ${ASP_EMBED_SCRIPT}
        COMMENT "Embedding the headers of ${function}()"
        VERBATIM)
    target_sources(${target} PRIVATE ${output})
endfunction()
