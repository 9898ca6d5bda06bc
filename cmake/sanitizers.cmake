set(OUTMAP_SANITIZE "" CACHE STRING "Sanitizers for every target, for example address,undefined or thread")

if(OUTMAP_SANITIZE)
  add_compile_options(-fsanitize=${OUTMAP_SANITIZE} -fno-omit-frame-pointer)
  if(OUTMAP_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  add_link_options(-fsanitize=${OUTMAP_SANITIZE})
endif()
