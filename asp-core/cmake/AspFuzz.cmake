# asp_add_fuzz_test(NAME SOURCES... SEEDS folder DICTIONARY file): a libFuzzer program with the
# address sanitizer, run for ten seconds as the test NAME. Sets ASP_FUZZ_CXX to a clang++ that has
# libFuzzer, or to NOTFOUND: then nothing is to be added.
if(NOT DEFINED ASP_FUZZ_CXX)
    find_program(ASP_FUZZ_CXX NAMES clang++ clang++-18 clang++-17 clang++-16 clang++-15 clang++-14
        DOC "a clang++ with libFuzzer")
    if(ASP_FUZZ_CXX)
        set(probe ${CMAKE_BINARY_DIR}/CMakeFiles/asp_fuzz_probe)
        file(WRITE ${probe}.cpp
            "#include <vector>\nextern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long size) { return std::vector<int>(size % 2).size() > 1; }\n")
        execute_process(
            COMMAND ${ASP_FUZZ_CXX} -std=c++20 -fsanitize=fuzzer,address ${probe}.cpp -o ${probe}
            RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        if(NOT failed)
            execute_process(COMMAND ${probe} -runs=1 RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        endif()
        if(failed)
            message(STATUS "${ASP_FUZZ_CXX} has no libFuzzer: fuzz tests run their own mutations")
            set(ASP_FUZZ_CXX NOTFOUND CACHE FILEPATH "a clang++ with libFuzzer" FORCE)
        endif()
    endif()
endif()

function(asp_add_fuzz_test name)
    cmake_parse_arguments(PARSE_ARGV 1 fuzz "" "SEEDS;DICTIONARY" "SOURCES;LIBRARIES")
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
    file(MAKE_DIRECTORY ${folder}/corpus)
    set(objects)
    foreach(source IN LISTS fuzz_SOURCES)
        cmake_path(GET source FILENAME file)
        cmake_path(ABSOLUTE_PATH source)
        set(object ${folder}/${file}.o)
        add_custom_command(OUTPUT ${object}
            COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${ASP_FUZZ_CXX} -std=c++20 -g -O1
                -fsanitize=fuzzer,address -I${PROJECT_SOURCE_DIR}/asp-core
                -MD -MF ${object}.d -c ${source} -o ${object}
            DEPENDS ${source} DEPFILE ${object}.d VERBATIM
            COMMENT "Building fuzzed object ${file}.o")
        list(APPEND objects ${object})
    endforeach()
    set(program ${PROJECT_BINARY_DIR}/tests/${name})
    add_custom_command(OUTPUT ${program}
        COMMAND ${ASP_FUZZ_CXX} -fsanitize=fuzzer,address ${objects} -o ${program} ${fuzz_LIBRARIES}
        DEPENDS ${objects} VERBATIM
        COMMENT "Linking fuzz test ${name}")
    add_custom_target(${name}_program ALL DEPENDS ${program})
    add_test(NAME ${name}
        COMMAND ${program} -seed=1 -max_total_time=10 -timeout=5 -max_len=2000 -print_final_stats=1
            -dict=${fuzz_DICTIONARY} -artifact_prefix=${folder}/ ${folder}/corpus ${fuzz_SEEDS})
    set_tests_properties(${name} PROPERTIES LABELS "ir" TIMEOUT 120)
endfunction()
