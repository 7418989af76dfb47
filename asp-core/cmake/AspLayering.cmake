# The tests `layering` (of this tree) and `layering.self_test` (of the check).
add_test(NAME layering COMMAND ${CMAKE_CURRENT_LIST_DIR}/layering.sh ${PROJECT_SOURCE_DIR})
add_test(NAME layering.self_test COMMAND ${CMAKE_CURRENT_LIST_DIR}/layering_self_test.sh)
set_tests_properties(layering layering.self_test PROPERTIES LABELS layering)
