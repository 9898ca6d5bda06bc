# Warnings belong to whoever develops outmap: an embedding project keeps its own flags.
option(OUTMAP_WERROR "Treat warnings as errors" OFF)

function(outmap_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic)
  if(OUTMAP_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
