// outmap-exchange: the bundled server as a program.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "mailbox_directory.hpp"
#include "sample_mailbox.hpp"
#include "scenario_player.hpp"
#include "server.hpp"

namespace {

namespace fs = std::filesystem;
using namespace outmap::exchange;

enum exit_code : int { done = 0, internal = 1, usage = 2, no_network = 10, no_files = 24 };

struct settings {
  std::string personality;
  std::string mailbox;
  std::string scenario;
  std::uint32_t seed = default_sample_seed;
  std::string user;
  std::string password_file;
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  std::string ca_file;
  std::string ready_file;
  bool exit_with_stdin = false;
};

volatile std::sig_atomic_t signalled = 0;

void on_signal(int) { signalled = 1; }

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: poll() shall return
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

/// The signals stay blocked but for the wait itself, so none is lost between the look and the wait.
void wait_for_the_end(bool with_stdin, const sigset_t& open_mask) {
  while (signalled == 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::ppoll(&input, with_stdin ? 1 : 0, nullptr, &open_mask) <= 0) continue;
    char sink[256];
    if (::read(STDIN_FILENO, sink, sizeof sink) <= 0) return;
  }
}

bool read_password(const settings& chosen, outmap::secret& password) {
  if (!chosen.password_file.empty()) {
    std::ifstream in(chosen.password_file);
    std::string line;
    if (!std::getline(in, line)) {
      std::cerr << "outmap-exchange: cannot read a password from " << chosen.password_file << '\n';
      return false;
    }
    if (line.ends_with('\r')) line.pop_back();
    password = outmap::secret(line);
    outmap::wipe(line);
    return true;
  }
  const char* given = std::getenv("OUTMAP_EXCHANGE_PASSWORD");
  password = outmap::secret(given != nullptr ? given : "demo");
  return true;
}

/// Under its final name the file is complete from the first moment.
bool write_ready_file(const fs::path& file, const std::string& line) {
  const fs::path draft = file.string() + ".new";
  std::ofstream out(draft, std::ios::trunc);
  out << line << '\n';
  out.close();
  std::error_code failed;
  if (out) fs::rename(draft, file, failed);
  if (out && !failed) return true;
  std::cerr << "outmap-exchange: cannot write " << file.string() << '\n';
  return false;
}

int complain(const outmap::error& problem) {
  std::cerr << "outmap-exchange: " << problem.message() << '\n';
  return problem.code == outmap::errc::config_invalid ? usage : no_files;
}

/// What is served: a scenario on top of a folder tree or alone, a folder tree, or the sample.
int fill(const settings& chosen, server_options& options, std::shared_ptr<scenario_player>& player, loaded& count) {
  std::optional<std::string> named;
  if (!chosen.personality.empty()) named = chosen.personality;
  options.behaves = named ? *personality::by_name(*named) : personality::generic();
  std::optional<scenario> script;
  if (!chosen.scenario.empty()) {
    auto read = read_scenario(chosen.scenario, named);
    if (!read) return complain(read.error());
    script = *std::move(read);
    if (script->behaves) options.behaves = *script->behaves;
  }
  // The accounts of a scenario are the accounts, unless another one was asked for.
  if (!script || script->accounts.empty() || !chosen.user.empty()) {
    account who{chosen.user.empty() ? "demo" : chosen.user, {}, {}};
    if (!read_password(chosen, who.password)) return no_files;
    options.accounts.push_back(std::move(who));
  }
  options.store = std::make_shared<mailbox_store>(options.behaves.names_ignore_case);
  if (!chosen.mailbox.empty()) {
    auto got = load_mailbox_directory(chosen.mailbox, *options.store);
    if (!got) return complain(got.error());
    count = *got;
  } else if (!script) {
    count = make_sample_mailbox(*options.store, chosen.seed);
  }
  if (!script) return done;
  auto staged = scenario_player::stage(*std::move(script), options);
  if (!staged) return complain(staged.error());
  player = *std::move(staged);
  count.messages += player->count().messages;
  count.folders += player->count().folders;
  return done;
}

std::string names_of(const std::vector<account>& accounts) {
  std::string names;
  for (const account& who : accounts) names += (names.empty() ? "" : ", ") + outmap::printable(who.user);
  return names;
}

int run(const settings& chosen, const sigset_t& open_mask) {
  server_options options;
  options.port = chosen.port;
  options.tls_port = chosen.tls_port;
  loaded count;
  std::shared_ptr<scenario_player> player;
  if (const int failed = fill(chosen, options, player, count); failed != done) return failed;
  const std::string names = names_of(options.accounts);

  server running(std::move(options));
  if (auto up = running.start(); !up) {
    std::cerr << "outmap-exchange: " << up.error().message() << '\n';
    return no_network;
  }
  if (!chosen.ca_file.empty()) {
    if (auto written = running.write_ca(chosen.ca_file); !written) {
      std::cerr << "outmap-exchange: " << written.error().message() << '\n';
      return no_files;
    }
  }
  const std::string ports = "plain=" + std::to_string(running.port()) + " tls=" + std::to_string(running.tls_port());
  if (!chosen.ready_file.empty() && !write_ready_file(chosen.ready_file, ports)) return no_files;
  std::cout << ports << std::endl;
  std::cerr << "outmap-exchange: " << count.messages << " messages in " << count.folders << " folders for " << names
            << " on 127.0.0.1\n";
  wait_for_the_end(chosen.exit_with_stdin, open_mask);
  running.stop();
  if (player == nullptr) return done;
  std::cerr << "outmap-exchange: " << player->steps_done() << " steps of the scenario were carried out\n";
  for (const std::string& problem : player->problems()) std::cerr << "outmap-exchange: " << problem << '\n';
  return done;
}

void add_options(CLI::App& app, settings& chosen) {
  app.add_option("--personality", chosen.personality,
                 "Whom to play: 2003, 2007, 2010, 2010SP2, 2013, 2016, 2019 or generic (the default)")
      ->check(CLI::IsMember(personality::names(), CLI::ignore_case));
  auto* mailbox =
      app.add_option("--mailbox", chosen.mailbox, "Serve this folder tree: folders with *.eml files, or Maildirs")
          ->check(CLI::ExistingDirectory);
  auto* scenario =
      app.add_option("--scenario", chosen.scenario, "Follow this script (TOML): accounts, mail, changes, faults")
          ->check(CLI::ExistingFile);
  app.add_option("--sample", chosen.seed, "Serve the built-in sample mailbox (the default), made from this seed")
      ->expected(0, 1)
      ->excludes(mailbox)
      ->excludes(scenario);
  app.add_option("--user", chosen.user, "Name of the account; \"demo\" unless a scenario has accounts");
  app.add_option("--password-file", chosen.password_file,
                 "Its password, the first line of a file; else $OUTMAP_EXCHANGE_PASSWORD; else \"demo\"");
  app.add_option("--port", chosen.port, "Port for plain and STARTTLS; 0: a free one")->capture_default_str();
  app.add_option("--tls-port", chosen.tls_port, "Port for implicit TLS; 0: a free one")->capture_default_str();
  app.add_option("--write-ca", chosen.ca_file, "Write the CA certificate to trust, PEM");
  app.add_option("--ready-file", chosen.ready_file, "Write \"plain=PORT tls=PORT\" once connections are accepted");
  app.add_flag("--exit-with-stdin", chosen.exit_with_stdin, "End at the end of standard input, too");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "An IMAP server on 127.0.0.1 that behaves like Exchange, for tests and demos.\n"
      "It runs until SIGINT or SIGTERM. Exit codes: 0 ended, 2 usage or scenario, 10 a port is taken, 24 a file "
      "failed.");
  settings chosen;
  add_options(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? done : usage;
  }
  catch_signals();
  sigset_t ours;
  sigset_t open_mask;
  sigemptyset(&ours);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ours, number);
  // Before the first thread starts: all threads inherit it.
  pthread_sigmask(SIG_BLOCK, &ours, &open_mask);
  try {
    return run(chosen, open_mask);
  } catch (const std::exception& problem) {
    std::cerr << "outmap-exchange: " << problem.what() << '\n';
    return internal;
  }
}
