# outmap_layer(<name> SOURCES <file>... [LINK <target>...])
#
# One folder below lib is one layer. LINK names what the layer may use: layers before it and third-party targets.
# A layer is compiled once, into the objects outmap_<name>_objects. The tests of the layer link the archive
# outmap_<name>, so they need nothing to its right; the objects of all layers make up the one library that is installed.
function(outmap_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  if(NOT arg_SOURCES)
    return()
  endif()
  set(objects outmap_${name}_objects)
  add_library(${objects} OBJECT ${arg_SOURCES})
  target_compile_features(${objects} PUBLIC cxx_std_20)
  set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${objects} PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/lib")
  target_link_libraries(${objects} PUBLIC ${arg_LINK})
  outmap_warnings(${objects})

  add_library(outmap_${name} STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${objects}>)
  target_compile_features(outmap_${name} PUBLIC cxx_std_20)
  target_include_directories(outmap_${name} PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/lib")
  target_link_libraries(outmap_${name} PUBLIC ${arg_LINK})
  set_property(GLOBAL APPEND PROPERTY OUTMAP_LAYER_OBJECTS ${objects})
endfunction()
