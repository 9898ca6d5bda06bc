# cpack: outmap_<version>_<architecture>.deb with the program, and liboutmap-dev_… with what a developer needs. Built with
# the prefix /usr: cmake -B build -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_BUILD_TYPE=Release, then cpack --config build/CPackConfig.cmake.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME outmap)
set(CPACK_PACKAGE_VENDOR "outmap")
set(CPACK_PACKAGE_CONTACT "outmap maintainers <outmap@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "IMAP client that behaves like Outlook, with a local cache")
set(CPACK_PACKAGE_DESCRIPTION
  "Fetches mail from an IMAP server the way Outlook does, keeps it in a local
cache, finds it, backs it up and writes it out as ordinary files.")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL outmap_runtime outmap_development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS OFF)
set(CPACK_DEBIAN_OUTMAP_RUNTIME_PACKAGE_NAME outmap)
set(CPACK_DEBIAN_OUTMAP_RUNTIME_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_OUTMAP_RUNTIME_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_OUTMAP_DEVELOPMENT_PACKAGE_NAME liboutmap-dev)
set(CPACK_DEBIAN_OUTMAP_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_OUTMAP_DEVELOPMENT_PACKAGE_DEPENDS
  "libexpected-dev, libssl-dev, libntlm0-dev, libsqlite3-dev, libgmime-3.0-dev, libxml2-dev, pkg-config")
set(CPACK_COMPONENT_OUTMAP_RUNTIME_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_COMPONENT_OUTMAP_DEVELOPMENT_DESCRIPTION
  "Library and headers of outmap, for programs that speak IMAP as Outlook does.
Found by CMake as outmap::outmap and by pkg-config as outmap.")
include(CPack)
