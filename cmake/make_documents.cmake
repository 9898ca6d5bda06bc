# cmake -DPROGRAM=<outmap> -DSHARE=<folder> -P make_documents.cmake
cmake_minimum_required(VERSION 3.25)

# say(<file> <argument>...): what the program prints, into the file.
function(say file)
  execute_process(COMMAND "${PROGRAM}" ${ARGN} OUTPUT_FILE "${file}" RESULT_VARIABLE code ERROR_VARIABLE problem)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "outmap ${ARGN} (${code}): ${problem}")
  endif()
endfunction()

# A page of a command that there is no more must not stay.
file(REMOVE_RECURSE "${SHARE}/man" "${SHARE}/completion")
file(MAKE_DIRECTORY "${SHARE}/man/man1" "${SHARE}/completion")
say("${SHARE}/completion/outmap" completion bash)
say("${SHARE}/completion/_outmap" completion zsh)
say("${SHARE}/completion/outmap.fish" completion fish)

say("${SHARE}/man/man1/outmap.1" manual)
file(STRINGS "${SHARE}/completion/outmap.fish" lines REGEX "__fish_use_subcommand -a ")
foreach(line IN LISTS lines)
  string(REGEX MATCH "__fish_use_subcommand -a ([a-z-]+)" found "${line}")
  say("${SHARE}/man/man1/outmap-${CMAKE_MATCH_1}.1" manual "${CMAKE_MATCH_1}")
endforeach()
