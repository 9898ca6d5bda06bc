# GMime 3: defines the target GMime::GMime. Found by pkg-config, since its headers need those of GLib.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_GMIME QUIET IMPORTED_TARGET gmime-3.0)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(GMime REQUIRED_VARS PC_GMIME_LINK_LIBRARIES PC_GMIME_INCLUDE_DIRS
  VERSION_VAR PC_GMIME_VERSION)

if(GMime_FOUND AND NOT TARGET GMime::GMime)
  add_library(GMime::GMime INTERFACE IMPORTED)
  target_link_libraries(GMime::GMime INTERFACE PkgConfig::PC_GMIME)
endif()
