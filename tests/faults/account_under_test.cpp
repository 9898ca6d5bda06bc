#include "faults/account_under_test.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "cache/reader.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"

namespace outmap::test {
namespace fs = std::filesystem;

namespace {

/// The file behind it is removed with the object.
class shared_board {
 public:
  explicit shared_board(const fs::path& file) : file_(file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    void* memory = MAP_FAILED;
    if (fd >= 0 && ::ftruncate(fd, sizeof(gate_board)) == 0)
      memory = ::mmap(nullptr, sizeof(gate_board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) ::close(fd);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), file.string());
    board_ = new (memory) gate_board;
  }
  ~shared_board() {
    ::munmap(board_, sizeof(gate_board));
    ::unlink(file_.c_str());
  }
  shared_board(const shared_board&) = delete;
  shared_board& operator=(const shared_board&) = delete;
  gate_board* operator->() { return board_; }

 private:
  fs::path file_;
  gate_board* board_ = nullptr;
};

std::string check_file(const fs::path& file) {
  sqlite3* db = nullptr;
  std::string out;
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) out = "cannot be opened";
  const auto take = [](void* to, int, char** values, char**) {
    auto& text = *static_cast<std::string*>(to);
    if (std::string_view(values[0]) != "ok") text += values[0];
    return 0;
  };
  char* words = nullptr;
  if (out.empty() && sqlite3_exec(db, "PRAGMA integrity_check", take, &out, &words) != SQLITE_OK) out = words;
  sqlite3_free(words);
  sqlite3_close(db);
  return out.empty() ? out : file.filename().string() + ": " + out;
}

constexpr const char* subscriptions = "subscribed";

}  // namespace

void prefer_memory_for_files() {
  if (std::getenv("OUTMAP_FAULTS_DISK") != nullptr || std::getenv("TMPDIR") != nullptr) return;
  struct statvfs there {};
  constexpr std::uint64_t enough = std::uint64_t{256} << 20;
  if (::statvfs("/dev/shm", &there) != 0 || there.f_bavail * there.f_frsize < enough) return;
  if (::access("/dev/shm", W_OK | X_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
}

account_under_test::account_under_test(const settings& how) { begin(how); }

account_under_test::account_under_test(const settings& how, const fs::path& home) {
  fs::copy(home, dir().path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  begin(how);
}

void account_under_test::begin(const settings& how) {
  exchange::server_options options;
  const auto behaves = exchange::personality::by_name(how.personality);
  if (!behaves) throw std::runtime_error(how.personality);
  options.behaves = *behaves;
  if (how.url_scheme == "imap+plain") options.behaves.take_passwords_without_tls();
  options.accounts = {{"anna", secret("s3cret-Pa55")}};
  options.store = std::make_shared<exchange::mailbox_store>(options.behaves.names_ignore_case);
  options.hooks = how.hooks;
  if (how.mail) how.mail(*options.store);
  server_ = std::make_unique<exchange::server>(std::move(options));
  if (auto up = server_->start(); !up) throw std::runtime_error(up.error().message());
  if (auto ok = server_->write_ca(dir() / "ca.pem"); !ok) throw std::runtime_error(ok.error().message());
  environment["OUTMAP_PASSWORD"] = "s3cret-Pa55";
  const auto port = how.url_scheme == "imaps" ? server_->tls_port() : server_->port();
  const std::string plain = how.url_scheme == "imap+plain" ? "plaintext = \"allowed\"\n" : "";
  url_ = how.url_scheme + "://anna@localhost:" + std::to_string(port);
  write_file(dir() / "outmap.toml", "[account.a]\nurl = \"" + url_ +
                                        "\"\ncache = \"mail.outmap\"\nca_file = \"ca.pem\"\n" + "timeout = 30\n" +
                                        plain + how.lines);
}

account_config account_under_test::config() const {
  auto out = account_from_url(url_).value();
  out.password = secret("s3cret-Pa55");
  out.auth.plaintext = plaintext_policy::allowed;
  out.ca_file = dir() / "ca.pem";
  out.cache = cache();
  out.connections = 1;
  out.second_look = std::chrono::milliseconds(0);
  out.timeout = std::chrono::seconds(30);
  return out;
}

arguments account_under_test::on(const arguments& args) const {
  return args + arguments{"--config", (dir() / "outmap.toml").string(), "-q"};
}

disturbed_result account_under_test::carry_out(const arguments& args, const disturbance& how,
                                               const std::function<void(process&)>& meanwhile) const {
  // Beside the home folder, which is what is looked at afterwards.
  const temp_dir beside;
  shared_board board(beside / "board");
  board->kinds = how.kinds;
  board->way = how.way;
  board->from = how.from;
  board->last = how.last != 0 ? how.last : how.from;
  board->code = how.code;
  auto line = with(on(args));
  line.environment["LD_PRELOAD"] = OUTMAP_CALL_GATE;
  line.environment[gate_board_variable] = (beside / "board").string();
  if (!how.journal.empty()) line.environment[gate_journal_variable] = how.journal.string();
  // The address sanitizer wants to be the first to be loaded; what stands before it here calls it.
  const char* const asan = std::getenv("ASAN_OPTIONS");
  line.environment["ASAN_OPTIONS"] = (asan != nullptr ? std::string(asan) + ':' : "") + "verify_asan_link_order=0";
  disturbed_result out;
  if (meanwhile) {
    process running(line);
    meanwhile(running);
    out.ended = running.wait();
  } else {
    out.ended = test::run(line);
  }
  out.seen = board->seen;
  out.struck = board->struck;
  return out;
}

void account_under_test::come_to_rest() const {
  while (server_->open_connections() != 0) std::this_thread::yield();
}

held_account account_under_test::served() const {
  held_account out;
  auto& store = server_->store();
  for (const auto& f : store.folders()) {
    if (f.noselect) continue;
    auto& into = out[f.name];
    for (const auto& m : store.messages(f.name)) into[m.uid] = {m.flags.to_string(), *m.octets};
  }
  return out;
}

std::optional<held_account> account_under_test::held(std::string& problem, const fs::path& cache) const {
  auto view = store::open(cache);
  const auto folders = view ? view->folders() : tl::unexpected(view.error());
  if (!folders) {
    problem = folders.error().message();
    return std::nullopt;
  }
  held_account out;
  for (const auto& f : *folders) {
    if (f.gone || !f.selectable) continue;
    auto& into = out[f.name];
    std::vector<stored_message> messages;
    const auto listed = view->messages(f.mailbox, [&](const stored_message& m) {
      messages.push_back(m);
      return true;
    });
    if (!listed) problem = listed.error().message();
    for (const auto& m : messages) {
      auto& [flags, octets] = into[m.uid.value];
      flags = m.flags.to_string();
      if (m.unsent) continue;
      if (m.body_digest.empty()) {
        if (auto header = view->header(f.mailbox, m.uid)) octets = std::move(*header);
        continue;
      }
      const auto read = view->body(f.mailbox, m.uid, [&, &to = octets](std::string_view piece) {
        to += piece;
        return true;
      });
      if (!read) problem = read.error().message();
    }
  }
  if (!problem.empty()) return std::nullopt;
  return out;
}

std::string account_under_test::unsound() const {
  std::string out;
  std::error_code none;
  if (fs::exists(cache(), none)) {
    auto from = cache::reader::open(cache());
    const auto sound = from ? (*from)->check_integrity() : tl::unexpected(from.error());
    // What an older program wrote is for the next sync to take over.
    const bool older = !sound && sound.error().code == errc::cache_unavailable;
    if (!sound && !older) out += sound.error().message();
  }
  const fs::path outbox = cache().native() + ".outbox";
  if (fs::exists(outbox, none) && fs::file_size(outbox, none) != 0) out += check_file(outbox);
  return out;
}

std::size_t account_under_test::queued(std::string& problem) const {
  auto box = outbox::open(cache());
  const auto list = box ? box->list() : tl::unexpected(box.error());
  if (!list) {
    problem = list.error().message();
    return 0;
  }
  return list->size();
}

std::multiset<std::pair<std::string, std::string>> files_below(const fs::path& folder) {
  std::multiset<std::pair<std::string, std::string>> out;
  std::error_code none;
  if (!fs::exists(folder, none)) return out;
  for (const auto& e : fs::recursive_directory_iterator(folder)) {
    if (!e.is_regular_file()) continue;
    out.emplace(fs::relative(e.path().parent_path(), folder).string(), read_file(e.path()));
  }
  return out;
}

std::string difference(const held_account& expected, const held_account& got) {
  for (const auto& [folder, messages] : expected) {
    const auto there = got.find(folder);
    if (there == got.end()) return "folder " + folder + " is missing";
    for (const auto& [uid, message] : messages) {
      const auto at = there->second.find(uid);
      const auto which = folder + ' ' + std::to_string(uid);
      if (at == there->second.end()) return which + " is lost";
      if (at->second.first != message.first)
        return which + " has the flags " + at->second.first + ", not " + message.first;
      if (at->second.second != message.second) return which + " has other octets";
    }
    for (const auto& [uid, message] : there->second) {
      if (!messages.contains(uid)) return folder + ' ' + std::to_string(uid) + " is there and should not be";
    }
  }
  for (const auto& [folder, messages] : got) {
    if (!expected.contains(folder)) return "folder " + folder + " is there and should not be";
  }
  return {};
}

}  // namespace outmap::test
