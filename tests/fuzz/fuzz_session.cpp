// A whole session into a cache: the engine against a server whose every answer is input. Each read of the client gives
// the next answer of the input, up to an RS octet; in it SOH stands for the tag of the oldest command that has none
// yet, STX for the newest. At the end of the input the connection is lost.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <deque>

#include "fuzz_input.hpp"
#include "support/temp_dir.hpp"
#include "sync/engine.hpp"

using namespace outmap;
using fuzz::must;

namespace {

class answering_transport final : public net::transport {
 public:
  /// `said` becomes all that was read.
  answering_transport(std::string_view answers, std::string& said) : answers_(answers), said_(said) {}

  asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
    if (ready_.empty()) next_answer();
    if (ready_.empty()) co_return fail(errc::connection_lost, "the input has come to its end");
    const auto now = std::min(into.size(), ready_.size());
    std::copy_n(ready_.begin(), now, into.begin());
    said_.append(ready_, 0, now);
    ready_.erase(0, now);
    co_return now;
  }
  asio::awaitable<result<void>> write(std::string_view octets) override {
    for (const char c : octets) {
      line_ += c;
      if (c != '\n') continue;
      const auto space = line_.find(' ');
      if (space == 4) tags_.push_back(line_.substr(0, space));
      line_.clear();
    }
    co_return result<void>{};
  }
  asio::awaitable<result<void>> start_tls(const net::tls_options&) override { co_return result<void>{}; }
  [[nodiscard]] const net::tls_facts* tls() const override { return nullptr; }
  [[nodiscard]] std::string peer() const override { return "input"; }
  void close() noexcept override { answers_ = {}; }

 private:
  void next_answer() {
    while (ready_.empty() && !answers_.empty()) {
      const auto end = answers_.find('\x1e');
      for (const char c : answers_.substr(0, end)) {
        if (c == '\x01') {
          ready_ += tags_.empty() ? std::string("none") : tags_.front();
          if (!tags_.empty()) tags_.pop_front();
        } else if (c == '\x02') {
          ready_ += tags_.empty() ? std::string("none") : tags_.back();
        } else {
          ready_ += c;
        }
      }
      answers_.remove_prefix(end == std::string_view::npos ? answers_.size() : end + 1);
    }
  }

  std::string_view answers_;
  std::string& said_;
  std::string ready_;
  std::string line_;
  std::deque<std::string> tags_;
};

asio::awaitable<bool> log_in(session::session& on) {
  const auto greeting = co_await on.greeting();
  if (!greeting) co_return false;
  const auto before = co_await on.ask_capabilities();
  if (!before) co_return false;
  const profile::command login = profile::login_command{"anna", secret("zq7-s3cret")};
  const auto in = co_await on.execute(login);
  if (!in) co_return false;
  const auto behind = co_await on.ask_capabilities();
  co_return behind.has_value();
}

asio::awaitable<void> sync_once(std::unique_ptr<session::session> first, const std::filesystem::path& file,
                                bool& over) {
  const bool in = co_await log_in(*first);
  if (in) {
    cache::writer to(*cache::store::open(file, "anna@input", {}), {});
    auto from = *cache::reader::open(file);
    account_config account;
    observer silent;
    sync::sync_context context{to, *from, account, silent, [] { return std::int64_t{1700000000}; }};
    sync::engine work(context, std::move(first), nullptr, [](std::string_view) { return true; }, {});
    sync_report report;
    co_await work.run(report);
  }
  over = true;
}

// What is held as a message is what the server has said, octet for octet.
void judge(cache::reader& from, const std::string& said) {
  must(from.check_integrity().has_value(), "the cache is whole");
  const auto folders = from.folders();
  must(folders.has_value(), "the folders can be read");
  for (const auto& f : *folders) {
    std::vector<uid> uids;
    const auto listed = from.for_each_message(f.id, [&](const cache::message_record& m) {
      if (m.body_octets) uids.push_back(m.uid);
      return true;
    });
    must(listed.has_value(), "the messages can be read");
    for (const auto u : uids) {
      std::string body;
      const auto got = from.body(f.id, u, [&](std::string_view piece) {
        body += piece;
        return true;
      });
      must(got && said.find(body) != std::string::npos, "no body but one that was sent");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view answers(reinterpret_cast<const char*>(data), size);
  const test::temp_dir dir;
  const auto file = dir / "mail.outmap";
  limits small;
  small.line = 20'000;
  small.response = 40'000;
  small.body = 2'000'000;
  small.mailboxes = 20;
  asio::io_context loop{1};
  const auto random = [n = 0U](std::span<unsigned char> out) mutable {
    for (auto& octet : out) octet = static_cast<unsigned char>(n++ * 7 % 252);
  };
  std::string said;
  auto on =
      std::make_unique<session::session>(std::make_unique<answering_transport>(answers, said), small, random, nullptr);
  bool over = false;
  asio::co_spawn(loop, sync_once(std::move(on), file, over), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  must(over, "the sync ends with the connection");
  if (!std::filesystem::exists(file)) return 0;
  const auto from = cache::reader::open(file);
  must(from.has_value(), "the cache opens");
  judge(**from, said);
  return 0;
}
