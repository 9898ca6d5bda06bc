# cmake -DINCLUDE_DIR=… -DCXX=… -DINCLUDES=<dir>,<dir> -DWORK_DIR=… -P headers.cmake
#
# Every public header compiles as the first and only include of a translation unit, twice over, without warnings.
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE headers RELATIVE "${INCLUDE_DIR}" "${INCLUDE_DIR}/outmap/*.hpp")
if(NOT headers)
  message(FATAL_ERROR "no headers below ${INCLUDE_DIR}")
endif()
set(flags "-I${INCLUDE_DIR}")
string(REPLACE "," ";" INCLUDES "${INCLUDES}")
foreach(dir IN LISTS INCLUDES)
  list(APPEND flags "-isystem" "${dir}")
endforeach()

set(failed "")
foreach(header IN LISTS headers)
  # Otherwise a shared library would hide what the header declares.
  file(READ "${INCLUDE_DIR}/${header}" text)
  if(text MATCHES "namespace outmap {")
    list(APPEND failed "${header} (namespace outmap without OUTMAP_PUBLIC)")
  endif()
  string(REPLACE "/" "_" unit "${header}")
  set(unit "${WORK_DIR}/${unit}.cpp")
  file(WRITE "${unit}" "#include \"${header}\"\n#include \"${header}\"\n")
  execute_process(
    COMMAND "${CXX}" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only ${flags} "${unit}"
    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    list(APPEND failed "${header}")
    message(NOTICE "${output}")
  endif()
endforeach()
if(failed)
  list(JOIN failed ", " failed)
  message(FATAL_ERROR "not self-contained: ${failed}")
endif()
list(LENGTH headers count)
message(STATUS "${count} headers compile alone")
