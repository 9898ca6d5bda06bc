# What is made of the program's own words: manual pages and completion scripts; and examples for running it unattended.
# All of it is installed below share. Made by the program that was built, so not when compiling for another machine.
set(share_source "${PROJECT_SOURCE_DIR}/share")
set(share "${PROJECT_BINARY_DIR}/share")

file(GLOB unit_files CONFIGURE_DEPENDS RELATIVE "${share_source}/systemd" "${share_source}/systemd/*/*")
foreach(unit IN LISTS unit_files)
  configure_file("${share_source}/systemd/${unit}" "${share}/systemd/${unit}" @ONLY)
endforeach()
# systemd looks for a user's units there by itself; those for the whole machine are to be copied.
install(DIRECTORY "${share}/systemd/user" DESTINATION "${CMAKE_INSTALL_DATADIR}/systemd" COMPONENT outmap_runtime)
install(DIRECTORY "${share}/systemd/system" DESTINATION "${CMAKE_INSTALL_DATADIR}/outmap/systemd"
  COMPONENT outmap_runtime)
install(DIRECTORY "${share_source}/kubernetes" DESTINATION "${CMAKE_INSTALL_DATADIR}/outmap" COMPONENT outmap_runtime
  USE_SOURCE_PERMISSIONS)

if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "outmap: no manual pages and no completion scripts, since the program cannot be run here")
  return()
endif()

set(stamp "${share}/documents.stamp")
add_custom_command(OUTPUT "${stamp}"
  COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:outmap_cli>" "-DSHARE=${share}"
    -P "${PROJECT_SOURCE_DIR}/cmake/make_documents.cmake"
  COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
  DEPENDS outmap_cli "${PROJECT_SOURCE_DIR}/cmake/make_documents.cmake"
  COMMENT "Writing manual pages and completion scripts"
  VERBATIM)
add_custom_target(outmap_documents ALL DEPENDS "${stamp}")

set(zsh_folder "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
if(EXISTS /etc/debian_version)
  set(zsh_folder "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
endif()
install(DIRECTORY "${share}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT outmap_runtime)
if(GZIP_PROGRAM)
  install(CODE "
    file(GLOB pages \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man1/outmap*.1\")
    execute_process(COMMAND \"${GZIP_PROGRAM}\" -9nf \${pages})" COMPONENT outmap_runtime)
endif()
install(FILES "${share}/completion/outmap" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
  COMPONENT outmap_runtime)
install(FILES "${share}/completion/_outmap" DESTINATION "${zsh_folder}" COMPONENT outmap_runtime)
install(FILES "${share}/completion/outmap.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d"
  COMPONENT outmap_runtime)
