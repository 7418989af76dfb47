# asp_add_tests(TARGET FILES... [LIBRARIES ...]): one test program per module, one ctest entry,
# labelled with the module's name. LIBRARIES are needed by the tests only.
find_package(Catch2 REQUIRED)

# Catch2 3 (Ubuntu 24.04) brings its main as a library. Version 2 (Debian 12) builds it from a
# header, slowly: so once for all test programs.
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
    add_library(asp_test_main INTERFACE)
    target_link_libraries(asp_test_main INTERFACE Catch2::Catch2WithMain)
else()
    add_library(asp_test_main STATIC ${CMAKE_CURRENT_LIST_DIR}/catch2_main.cpp)
    target_link_libraries(asp_test_main PUBLIC Catch2::Catch2)
endif()

# Tests compile kernels, but not into the user's cache.
set(ASP_TEST_ENVIRONMENT
    ASP_CACHE_DIR=${PROJECT_BINARY_DIR}/test-cache
    ASP_DATA_DIR=${PROJECT_BINARY_DIR}/test-data)
if(ASP_SANITIZE MATCHES thread)
    list(APPEND ASP_TEST_ENVIRONMENT
        "TSAN_OPTIONS=ignore_noninstrumented_modules=1 suppressions=${PROJECT_SOURCE_DIR}/asp-core/cmake/tsan.supp")
endif()

function(asp_add_tests target)
    cmake_parse_arguments(PARSE_ARGV 1 tests "" "" "LIBRARIES")
    string(REGEX REPLACE "^asp_" "" module ${target})
    add_executable(${target}_tests ${tests_UNPARSED_ARGUMENTS})
    set_target_properties(${target}_tests PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_link_libraries(${target}_tests
        PRIVATE ${target} asp_base asp_test_main asp::warnings ${tests_LIBRARIES})
    add_test(NAME ${module} COMMAND ${target}_tests)
    set_tests_properties(${module} PROPERTIES
        LABELS ${module}
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        TIMEOUT 600
        ENVIRONMENT "${ASP_TEST_ENVIRONMENT}")
endfunction()
