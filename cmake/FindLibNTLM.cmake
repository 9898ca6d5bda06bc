# GNU libntlm: defines the target LibNTLM::LibNTLM.
find_path(LibNTLM_INCLUDE_DIR ntlm.h)
find_library(LibNTLM_LIBRARY ntlm)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibNTLM REQUIRED_VARS LibNTLM_LIBRARY LibNTLM_INCLUDE_DIR)
mark_as_advanced(LibNTLM_INCLUDE_DIR LibNTLM_LIBRARY)

if(LibNTLM_FOUND AND NOT TARGET LibNTLM::LibNTLM)
  add_library(LibNTLM::LibNTLM UNKNOWN IMPORTED)
  set_target_properties(LibNTLM::LibNTLM PROPERTIES
    IMPORTED_LOCATION "${LibNTLM_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibNTLM_INCLUDE_DIR}")
endif()
