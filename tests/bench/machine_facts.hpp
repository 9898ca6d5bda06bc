// What a table of figures is worth nothing without.
#pragma once

#include <filesystem>
#include <string>

namespace outmap::bench {

/// Lines "name: value": processor and cores, system, memory, versions of Dovecot, mbsync, OpenSSL and SQLite where they
/// are installed, file system of `work_folder`, load now.
std::string machine_facts(const std::filesystem::path& work_folder);

/// Load average of the last minute.
double load();

}  // namespace outmap::bench
