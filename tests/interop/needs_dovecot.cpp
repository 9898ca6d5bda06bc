#include "interop/dovecot_server.hpp"
#include "interop/needed_server.hpp"

std::string outmap::interop::missing_server() { return missing_programs(); }
