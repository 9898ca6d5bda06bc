// The program outmap, and the bundled server for it to talk to.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/server.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::test {

using arguments = std::vector<std::string>;

/// A home folder of its own; no OUTMAP_ or XDG_ variable of ours reaches the program.
class program_home {
 public:
  [[nodiscard]] const temp_dir& dir() const { return dir_; }
  [[nodiscard]] command_line with(const arguments& args) const;
  [[nodiscard]] process_result run(const arguments& args) const;
  /// The program started by a line of shell in which "$0" "$@" stands for it and its arguments.
  [[nodiscard]] process_result run_by_shell(const std::string& line, const arguments& args) const;
  /// Runs with --json added; the events of standard output, each a whole object. Throws when a line is none.
  [[nodiscard]] std::vector<nlohmann::json> events(const arguments& args) const;

  /// Added to every run's environment.
  std::map<std::string, std::string> environment;

 private:
  temp_dir dir_;
};

std::vector<nlohmann::json> parse_events(const std::string& out);

/// Account anna, password "s3cret-Pa55". Change `options` before the first use of the server.
class bundled_server : public program_home {
 public:
  static constexpr std::string_view password = "s3cret-Pa55";

  bundled_server();
  exchange::server& server();
  exchange::mailbox_store& mail() { return server().store(); }

  /// --url, --ca-file, --cache in the home folder.
  arguments account();
  arguments account_starttls();
  /// The command, then account(), then the rest.
  arguments on(const std::string& command, const arguments& rest = {});
  [[nodiscard]] std::filesystem::path cache() const { return dir() / "mail.outmap"; }

  exchange::server_options options;

 private:
  arguments account_at(const std::string& scheme, std::uint16_t port);
  std::unique_ptr<exchange::server> server_;
};

arguments operator+(arguments a, const arguments& b);

}  // namespace outmap::test
