# cmake -DMODE=<install|find_package|add_subdirectory|pkg_config> … -P consume.cmake
#
# Does with outmap what a stranger's project would do, in the scratch folder WORK_DIR. The other variables:
# SOURCE_DIR, BINARY_DIR and VERSION of outmap, PREFIX to install to, GENERATOR, CXX, LAUNCHER, CONFIG, LIBRARY_TYPE, PKG_CONFIG.
cmake_minimum_required(VERSION 3.25)

# run(<what> COMMAND <command>...): fails with what was run and everything it printed.
function(run what)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND")
  execute_process(COMMAND ${arg_COMMAND} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    string(JOIN " " line ${arg_COMMAND})
    message(NOTICE "${output}")
    message(FATAL_ERROR "${what} failed (${code}): ${line}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# configure_and_run(<folder> <cmake option>...): builds the consumer in WORK_DIR/build and runs it.
function(configure_and_run folder)
  set(build "${WORK_DIR}/build")
  run("configuring" COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/${folder}" -B "${build}" -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" -DCMAKE_BUILD_TYPE=Debug
    -DCMAKE_CXX_FLAGS_DEBUG=-O0 ${ARGN})
  run("building" COMMAND "${CMAKE_COMMAND}" --build "${build}" --parallel 2 --config Debug)
  find_program(consumer consumer PATHS "${build}" "${build}/Debug" NO_DEFAULT_PATH NO_CACHE REQUIRED)
  run("the consumer" COMMAND "${consumer}")
  message(STATUS "${output}")
endfunction()

# check_shared_library(<file>): a versioned soname, and nothing visible but what the public headers declare.
function(check_shared_library file)
  find_program(nm nm REQUIRED NO_CACHE)
  find_program(readelf readelf REQUIRED NO_CACHE)
  run("readelf" COMMAND "${readelf}" -d "${file}")
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor_version "${VERSION}")
  if(NOT output MATCHES "SONAME[^\n]*\\[liboutmap\\.so\\.${minor_version}\\]")
    message(FATAL_ERROR "the soname should end in ${minor_version}:\n${output}")
  endif()
  run("nm" COMMAND "${nm}" -D -C --defined-only "${file}")
  string(REPLACE "\n" ";" symbols "${output}")
  list(FILTER symbols INCLUDE REGEX ".")
  list(LENGTH symbols count)
  set(strange "${symbols}")
  # Also what the standard's containers of our types are made of.
  list(FILTER strange EXCLUDE REGEX " (vtable for |typeinfo for |typeinfo name for )?outmap::[a-z_]+(::~?[a-z_]+)?(=|\\(|\\[|$)| outmap::[a-z_]+& std::")
  if(strange)
    list(JOIN strange "\n" strange)
    message(FATAL_ERROR "visible, and not of a public header:\n${strange}")
  endif()
  message(STATUS "${count} symbols are visible")
endfunction()

if(MODE STREQUAL "install")
  file(REMOVE_RECURSE "${PREFIX}")
  run("installing" COMMAND "${CMAKE_COMMAND}" --install "${BINARY_DIR}" --config "${CONFIG}" --prefix "${PREFIX}")

elseif(MODE STREQUAL "find_package")
  file(REMOVE_RECURSE "${WORK_DIR}")
  configure_and_run(find_package "-DCMAKE_PREFIX_PATH=${PREFIX}" "-DWANTED_VERSION=${VERSION}")

elseif(MODE STREQUAL "add_subdirectory")
  # The build folder stays between runs: the whole library is compiled here. Static first; the objects serve for shared.
  configure_and_run(add_subdirectory "-DOUTMAP_SOURCE_DIR=${SOURCE_DIR}" -DBUILD_SHARED_LIBS=OFF)
  file(GLOB_RECURSE archives RELATIVE "${WORK_DIR}/build" "${WORK_DIR}/build/*.a")
  if(NOT archives STREQUAL "outmap/lib/liboutmap.a")
    message(FATAL_ERROR "an embedded outmap should build one archive, but built ${archives}")
  endif()
  configure_and_run(add_subdirectory "-DOUTMAP_SOURCE_DIR=${SOURCE_DIR}" -DBUILD_SHARED_LIBS=ON)
  check_shared_library("${WORK_DIR}/build/outmap/lib/liboutmap.so")

elseif(MODE STREQUAL "pkg_config")
  file(REMOVE_RECURSE "${WORK_DIR}")
  file(MAKE_DIRECTORY "${WORK_DIR}")
  # Away from where it was installed: the file must find its tree by itself.
  file(COPY "${PREFIX}/" DESTINATION "${WORK_DIR}/moved")
  file(GLOB_RECURSE pc_file "${WORK_DIR}/moved/*/outmap.pc")
  cmake_path(GET pc_file PARENT_PATH pc_dir)
  set(ENV{PKG_CONFIG_PATH} "${pc_dir}")
  set(static "")
  if(LIBRARY_TYPE STREQUAL "STATIC_LIBRARY")
    set(static --static)
  endif()
  run("pkg-config" COMMAND "${PKG_CONFIG}" ${static} --cflags --libs "outmap >= ${VERSION}")
  separate_arguments(flags UNIX_COMMAND "${output}")
  run("compiling" COMMAND "${CXX}" -std=c++20 -O0 "${CMAKE_CURRENT_LIST_DIR}/program/main.cpp" -o "${WORK_DIR}/consumer"
    ${flags})
  run("pkg-config --variable=libdir" COMMAND "${PKG_CONFIG}" --variable=libdir outmap)
  string(STRIP "${output}" libdir)
  set(ENV{LD_LIBRARY_PATH} "${libdir}:$ENV{LD_LIBRARY_PATH}")
  run("the consumer" COMMAND "${WORK_DIR}/consumer")
  message(STATUS "${output}")

else()
  message(FATAL_ERROR "unknown MODE '${MODE}'")
endif()
