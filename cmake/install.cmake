# cmake --install: the library with its headers, for find_package(outmap) and for pkg-config, and the program.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/outmap")

install(TARGETS outmap EXPORT outmap-targets
  RUNTIME COMPONENT outmap_runtime
  LIBRARY COMPONENT outmap_runtime NAMELINK_COMPONENT outmap_development
  ARCHIVE COMPONENT outmap_development)
if(TARGET outmap_cli)
  install(TARGETS outmap_cli RUNTIME COMPONENT outmap_runtime)
endif()
if(EXISTS /etc/debian_version)
  find_program(GZIP_PROGRAM gzip)
endif()
if(TARGET outmap_cli)
  include(documents)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/outmap" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT outmap_development FILES_MATCHING PATTERN "*.hpp")
if(EXISTS /etc/debian_version)
  if(GZIP_PROGRAM)
    # Debian wants both compressed, the manual pages, too (documents.cmake).
    configure_file("${PROJECT_SOURCE_DIR}/cmake/changelog.in" "${PROJECT_BINARY_DIR}/package/changelog" @ONLY)
    execute_process(COMMAND "${GZIP_PROGRAM}" -9nf "${PROJECT_BINARY_DIR}/package/changelog")
    foreach(part IN ITEMS outmap:outmap_runtime liboutmap-dev:outmap_development)
      string(REPLACE ":" ";" part "${part}")
      list(GET part 0 package)
      list(GET part 1 component)
      install(FILES "${PROJECT_BINARY_DIR}/package/changelog.gz" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
        COMPONENT ${component})
    endforeach()
  endif()
  # Each package has one, under its own name.
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/outmap"
    RENAME copyright COMPONENT outmap_runtime)
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/liboutmap-dev"
    RENAME copyright COMPONENT outmap_development)
else()
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT outmap_runtime)
endif()

get_target_property(library_type outmap TYPE)
set(OUTMAP_IS_STATIC OFF)
if(library_type STREQUAL "STATIC_LIBRARY")
  set(OUTMAP_IS_STATIC ON)
endif()

install(EXPORT outmap-targets NAMESPACE outmap:: DESTINATION "${package_dir}" COMPONENT outmap_development)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/outmap-config.cmake.in"
  "${PROJECT_BINARY_DIR}/package/outmap-config.cmake" INSTALL_DESTINATION "${package_dir}")
# A minor version may break the API until 1.0 promises otherwise.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/outmap-config-version.cmake"
  COMPATIBILITY ${compatibility})
install(
  FILES
    "${PROJECT_BINARY_DIR}/package/outmap-config.cmake"
    "${PROJECT_BINARY_DIR}/package/outmap-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindGMime.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindLibNTLM.cmake"
  DESTINATION "${package_dir}" COMPONENT outmap_development)

# The .pc file finds its prefix from its own place, so an installed tree may be moved. Absolute folders stay absolute.
set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
foreach(kind LIB INCLUDE)
  cmake_path(SET pc_dir "${CMAKE_INSTALL_${kind}DIR}")
  if(pc_dir)
    cmake_path(IS_ABSOLUTE pc_dir absolute)
    if(absolute)
      set(OUTMAP_PC_${kind}DIR "${pc_dir}")
    else()
      set(OUTMAP_PC_${kind}DIR "\${prefix}/${pc_dir}")
    endif()
  endif()
endforeach()
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
set(OUTMAP_PC_PREFIX "${pc_prefix}")
# Not by SQLite's own .pc file: for --static that names zlib, which Debian's SQLite package does not bring along.
list(GET SQLite3_LIBRARIES 0 sqlite_library)
cmake_path(GET sqlite_library PARENT_PATH sqlite_dir)
set(OUTMAP_PC_SQLITE "-lsqlite3")
if(sqlite_dir AND NOT sqlite_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(OUTMAP_PC_SQLITE "-L${sqlite_dir} -lsqlite3")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/outmap.pc.in" "${PROJECT_BINARY_DIR}/package/outmap.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/outmap.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  COMPONENT outmap_development)
