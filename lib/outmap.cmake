# The library that is installed and embedded: the objects of every layer in one archive or, with BUILD_SHARED_LIBS, in
# one shared library. Consumers compile against include/ alone and need tl::expected; what the layers use inside is
# linked, never seen.
get_property(layer_objects GLOBAL PROPERTY OUTMAP_LAYER_OBJECTS)
if(NOT layer_objects)
  return()
endif()

add_library(outmap)
add_library(outmap::outmap ALIAS outmap)
foreach(objects IN LISTS layer_objects)
  target_sources(outmap PRIVATE $<TARGET_OBJECTS:${objects}>)
endforeach()

target_compile_features(outmap PUBLIC cxx_std_20)
target_include_directories(outmap PUBLIC
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
# Asio is not named: it is header only, and the objects are compiled already.
target_link_libraries(outmap
  PUBLIC tl::expected Threads::Threads
  PRIVATE OpenSSL::SSL OpenSSL::Crypto SQLite::SQLite3 LibNTLM::LibNTLM GMime::GMime LibXml2::LibXml2)

# Hidden visibility keeps what is ours inside, the map also what headers of others leave visible (Asio).
get_target_property(library_type outmap TYPE)
if(library_type STREQUAL "SHARED_LIBRARY" AND UNIX AND NOT APPLE)
  target_link_options(outmap PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/outmap.map")
  set_property(TARGET outmap APPEND PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/outmap.map")
endif()

# While the major version is 0 a minor version may break the ABI, so it is part of the soname.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(soversion "0.${PROJECT_VERSION_MINOR}")
else()
  set(soversion "${PROJECT_VERSION_MAJOR}")
endif()
set_target_properties(outmap PROPERTIES VERSION "${PROJECT_VERSION}" SOVERSION "${soversion}")
