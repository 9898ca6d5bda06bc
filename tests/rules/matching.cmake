# What cmake/rule_tests.cmake says to a tree of one table and one test file.
cmake_minimum_required(VERSION 3.25)

set(test_file unit/sample_test.cpp)

# expect(<name> <table> <tests> <exit 0 or 1> <regular expression for its words, or for the list it makes>)
function(expect name table tests code pattern)
  set(root "${FOLDER}/${name}")
  file(REMOVE_RECURSE "${root}")
  file(WRITE "${root}/lib/profile/rules_sample.cpp" "${table}")
  file(WRITE "${root}/tests/${test_file}" "${tests}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DROOT=${root}" "-DOUTPUT=${root}/made.cpp" -P "${SCRIPT}"
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

expect(whole "${one}${other}" "${proof}" 0 "\"OIMAP-V0001\", \"unit/sample_test.cpp\",[ \n]*\"OIMAP-V0001 a thing\"")
expect(no_test "${two}" "${proof}" 1 "1 without a test: OIMAP-V0002")
expect(unknown_id "${one}" "${proof}TEST_CASE(\"OIMAP-V9999 x\") {}" 1 "sample_test.cpp names OIMAP-V9999")
expect(cut_off_id "${one}" "${proof}TEST_CASE(\"OIMAP-V000 x\") {}" 1 "sample_test.cpp names OIMAP-V000,")
expect(not_ours "${one}${other}" "${proof}TEST_CASE(\"OIMAP-2.1.7 x\") {}" 1 "not ours and yet tested: OIMAP-2.1.7")
expect(row_twice "${one}${one}" "${proof}" 1 "two rows OIMAP-V0001")
expect(no_table "" "${proof}" 1 "no rules")
expect(no_tests "${one}" "int x;" 1 "no test")

# What is no test, or is not run, proves nothing.
set(rest "${one}rows.ours(\"XIMAP-V0002\", \"1\", \"t\", \"r\"),\n")
foreach(text "// TEST_CASE(\"XIMAP-V0002 x\") {}" "const char* x = \"XIMAP-V0002\";"
    "CHECK_MESSAGE(ok, \"XIMAP-V0002\");" "TEST_CASE(\"XIMAP-V0002 x\" * doctest::skip()) {}")
  expect(nothing_proven "${rest}" "${proof}${text}\n" 1 "1 without a test: XIMAP-V0002")
endforeach()

# Every way to write a test.
foreach(text "TEST_CASE_FIXTURE(test::fix, \"XIMAP-V0002 x\") {}" "TEST_CASE(\n    \"a \"\n    \"XIMAP-V0002\") {}"
    "TEST_CASE_TEMPLATE(\"XIMAP-V0002, x\", T, int) {}" "  SUBCASE(\"XIMAP-V0002: x\") {}"
    "TEST_CASE(\"x (XIMAP-V0002.)\") {}")
  expect(proven "${rest}" "${proof}${text}\n" 0 "{\"XIMAP-V0002\", \"unit/sample_test.cpp\"")
endforeach()

expect(odd_signs "${one}" "TEST_CASE(\"OIMAP-V0001 [a;b] \\\"c\\\" \\\\d {}; $e\") {}\n" 0
  "\"OIMAP-V0001 .a;b. .\"c.\" ..d {}; .e\"")
expect(subcase_of "${one}" "TEST_CASE(\"outer\") {\n  SUBCASE(\"OIMAP-V0001 inner\") {}\n}\n" 0
  "\"outer\",[ \n]*\"OIMAP-V0001 inner\"")

# The auditor's tests are listed and prove nothing of the client.
expect(auditor_beside "${one}" "${proof}" 0 "\"OIMAP-V0001 a thing\",[ \n]*\"\", true}")
set(test_file unit/profile/audit_sample_test.cpp)
expect(auditor_alone "${one}" "${proof}" 1 "1 without a test: OIMAP-V0001")
expect(auditor_listed "${other}" "TEST_CASE(\"OIMAP-2.1.7 x\") {}\n" 0 "\"OIMAP-2.1.7 x\",[ \n]*\"\", false}")
