set(OUTMAP_SANITIZE "" CACHE STRING "Sanitizers for every target, for example address,undefined or thread")

if(OUTMAP_SANITIZE)
  add_compile_options(-fsanitize=${OUTMAP_SANITIZE} -fno-omit-frame-pointer -g1)
  if(OUTMAP_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(OUTMAP_SANITIZE MATCHES "thread")
    # Thread sanitizer does not understand fences. Asio's only repeat what its mutexes order already.
    add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
  endif()
  add_link_options(-fsanitize=${OUTMAP_SANITIZE})
endif()

if(OUTMAP_FUZZ)
  # The programs themselves add main().
  add_compile_options(-fsanitize=fuzzer-no-link -g1)
endif()
