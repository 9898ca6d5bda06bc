# What cmake/rule_tests.cmake says to a tree of one table and one test file.
cmake_minimum_required(VERSION 3.25)

# expect(<name> <strict> <table> <tests> <exit 0 or 1> <regular expression for its words, or for the list it makes>)
function(expect name strict table tests code pattern)
  set(root "${FOLDER}/${name}")
  file(REMOVE_RECURSE "${root}")
  file(WRITE "${root}/lib/profile/rules_sample.cpp" "${table}")
  file(WRITE "${root}/tests/unit/sample_test.cpp" "${tests}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DROOT=${root}" "-DOUTPUT=${root}/made.cpp" "-DSTRICT=${strict}" -P "${SCRIPT}"
    RESULT_VARIABLE result OUTPUT_VARIABLE words ERROR_VARIABLE words)
  set(made "")
  if(EXISTS "${root}/made.cpp")
    file(READ "${root}/made.cpp" made)
  endif()
  if(code EQUAL 0 AND NOT result EQUAL 0)
    message(SEND_ERROR "${name}: failed with ${result}:\n${words}")
  elseif(NOT code EQUAL 0 AND (result EQUAL 0 OR EXISTS "${root}/made.cpp"))
    message(SEND_ERROR "${name}: did not fail:\n${words}\n${made}")
  elseif(NOT "${words}${made}" MATCHES "${pattern}")
    message(SEND_ERROR "${name}: '${pattern}' is not said:\n${words}\n${made}")
  else()
    message("${name}: as expected")
  endif()
endfunction()

set(one "rows.ours(\"OIMAP-V0001\", \"1\", \"t\", \"r\"),\n")
set(two "${one}    rows.ours(\n  \"OIMAP-V0002\", \"1\", \"t\", \"r\"),\n")
set(other "rows.not_ours(\"OIMAP-2.1.7\", \"1\", \"t\", \"r\", \"os\"),\n")
set(proof "TEST_CASE(\"OIMAP-V0001 a thing\") {}\n")

expect(whole ON "${one}${other}" "${proof}" 0 "\"OIMAP-V0001\", \"unit/sample_test.cpp\",[ \n]*\"OIMAP-V0001 a thing\"")
expect(no_test ON "${two}" "${proof}" 1 "1 without a test: OIMAP-V0002")
expect(no_test_yet OFF "${two}" "${proof}" 0 "1 without a test: OIMAP-V0002")
expect(unknown_id ON "${one}" "${proof}TEST_CASE(\"OIMAP-V9999 x\") {}" 1 "sample_test.cpp names OIMAP-V9999")
expect(cut_off_id ON "${one}" "${proof}TEST_CASE(\"OIMAP-V000 x\") {}" 1 "sample_test.cpp names OIMAP-V000,")
expect(row_twice ON "${one}${one}" "${proof}" 1 "two rows OIMAP-V0001")
expect(no_table ON "" "${proof}" 1 "no rules")
expect(no_tests ON "${one}" "int x;" 1 "no test")

# What is no test, or is not run, proves nothing.
set(rest "${one}rows.ours(\"XIMAP-V0002\", \"1\", \"t\", \"r\"),\n")
foreach(text "// TEST_CASE(\"XIMAP-V0002 x\") {}" "const char* x = \"XIMAP-V0002\";" "CHECK_MESSAGE(ok, \"XIMAP-V0002\");"
    "TEST_CASE(\"XIMAP-V0002 x\" * doctest::skip()) {}")
  expect(nothing_proven ON "${rest}" "${proof}${text}\n" 1 "1 without a test: XIMAP-V0002")
endforeach()

# Every way to write a test.
foreach(text "TEST_CASE_FIXTURE(test::fix, \"XIMAP-V0002 x\") {}" "TEST_CASE(\n    \"a \"\n    \"XIMAP-V0002\") {}"
    "TEST_CASE_TEMPLATE(\"XIMAP-V0002, x\", T, int) {}" "  SUBCASE(\"XIMAP-V0002: x\") {}" "TEST_CASE(\"x (XIMAP-V0002.)\") {}")
  expect(proven ON "${rest}" "${proof}${text}\n" 0 "{\"XIMAP-V0002\", \"unit/sample_test.cpp\"")
endforeach()

expect(odd_signs ON "${one}" "TEST_CASE(\"OIMAP-V0001 [a;b] \\\"c\\\" \\\\d {}; $e\") {}\n" 0
  "\"OIMAP-V0001 .a;b. .\"c.\" ..d {}; .e\"")
expect(subcase_of ON "${one}" "TEST_CASE(\"outer\") {\n  SUBCASE(\"OIMAP-V0001 inner\") {}\n}\n" 0
  "\"outer\",[ \n]*\"OIMAP-V0001 inner\"")
