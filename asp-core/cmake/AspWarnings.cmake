# asp::warnings: how all our own code is compiled. Link it PRIVATE.
add_library(asp_warnings INTERFACE)
add_library(asp::warnings ALIAS asp_warnings)
target_compile_options(asp_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
    -Wformat=2 -Wno-unknown-pragmas
    $<$<BOOL:${ASP_WERROR}>:-Werror>)

# A sanitizer has to be in every object and in the link, so it cannot be one target's matter.
if(ASP_SANITIZE)
    add_compile_options(-fsanitize=${ASP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${ASP_SANITIZE})
endif()
