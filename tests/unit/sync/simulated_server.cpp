#include "simulated_server.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <sstream>

namespace outmap::test {
namespace {

constexpr auto autologout = std::chrono::minutes(30);

std::string flags_text(bool seen) { return seen ? "(\\Seen)" : "()"; }

}  // namespace

struct simulated_server::connection {
  explicit connection(const asio::any_io_executor& on) : arrived(on, asio::steady_timer::time_point::max()) {}

  asio::steady_timer arrived;
  std::string inbox;   // for the client
  std::string unread;  // of the client
  std::string idle_tag;
  bool selected = false;
  bool closed = false;
  bool lost = false;  // neither side hears the other any more
  std::vector<std::uint32_t> view;
  std::map<std::uint32_t, bool> told_seen;
  session::clock::time_point last{};
};

class simulated_server::transport final : public net::transport {
 public:
  transport(simulated_server& of, std::shared_ptr<connection> one) : of_(of), one_(std::move(one)) {}
  ~transport() override { close(); }

  asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
    const auto one = one_;
    std::error_code ignored;
    while (one->inbox.empty() && !one->closed)
      co_await one->arrived.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (one->inbox.empty()) co_return fail(errc::connection_lost, "closed");
    const auto take = std::min(into.size(), one->inbox.size());
    std::copy_n(one->inbox.begin(), take, into.begin());
    one->inbox.erase(0, take);
    co_return take;
  }
  asio::awaitable<result<void>> write(std::string_view octets) override {
    if (one_->closed) co_return fail(errc::connection_lost, "closed");
    if (!one_->lost) of_.receive(one_, octets);
    co_return result<void>{};
  }
  asio::awaitable<result<void>> start_tls(const net::tls_options&) override { co_return result<void>{}; }
  [[nodiscard]] const net::tls_facts* tls() const override { return nullptr; }
  [[nodiscard]] std::string peer() const override { return "simulated"; }
  void close() noexcept override {
    one_->closed = true;
    one_->inbox.clear();
    one_->arrived.cancel();
  }

 private:
  simulated_server& of_;
  std::shared_ptr<connection> one_;
};

std::unique_ptr<net::transport> simulated_server::connect() {
  auto one = std::make_shared<connection>(on_);
  one->last = time_.now();
  std::erase_if(connections_, [](const auto& c) { return c.expired(); });
  if (refusal.empty()) {
    ++seen_.connections;
    connections_.push_back(one);
    send(*one, "* PREAUTH ready\r\n");
    watch_over(one);
  } else {
    ++seen_.refused;
    send(*one, refusal + "\r\n");
    end(*one);
  }
  return std::make_unique<transport>(*this, one);
}

void simulated_server::watch_over(const std::shared_ptr<connection>& one) {
  time_.call_at(one->last + autologout, [this, weak = std::weak_ptr(one)] {
    const auto here = weak.lock();
    if (!here || here->closed || here->lost) return;
    if (time_.now() - here->last < autologout) return watch_over(here);
    ++seen_.autologouts;
    send(*here, "* BYE idle for too long\r\n");
    end(*here);
  });
}

void simulated_server::send(connection& to, std::string_view octets) {
  if (to.closed || to.lost) return;
  to.inbox += octets;
  to.arrived.cancel();
}

// What was sent is still read.
void simulated_server::end(connection& one) {
  one.closed = true;
  one.arrived.cancel();
}

void simulated_server::receive(const std::shared_ptr<connection>& from, std::string_view octets) {
  seen_.longest_gap = std::max(seen_.longest_gap, time_.now() - from->last);
  from->last = time_.now();
  from->unread += octets;
  for (auto end = from->unread.find("\r\n"); end != std::string::npos; end = from->unread.find("\r\n")) {
    const auto line = from->unread.substr(0, end);
    from->unread.erase(0, end + 2);
    answer(*from, line);
  }
}

std::string simulated_server::exists_of(const connection& of) const {
  return "* " + std::to_string(of.view.size() + lies_by.value_or(0)) + " EXISTS\r\n";
}

void simulated_server::answer(connection& to, const std::string& line) {
  if (line == "DONE") {
    send(to, std::exchange(to.idle_tag, {}) + " OK idle\r\n");
    return;
  }
  std::istringstream words(line);
  std::string tag, name, argument;
  words >> tag >> name >> argument;
  if (name == "UID") {
    name += ' ' + argument;
    words >> argument;
  }
  ++seen_.commands[name];
  if (slow_commands.contains(name)) return;
  std::string text;
  if (name == "CAPABILITY") {
    send(to, std::string("* CAPABILITY IMAP4rev1") + (idle ? " IDLE" : "") + "\r\n");
  } else if (name == "LIST" || name == "LSUB") {
    send(to, "* " + name + " () \"/\" INBOX\r\n");
    for (const auto& [other, unseen] : others) send(to, "* " + name + " () \"/\" " + other + "\r\n");
  } else if (name == "SELECT") {
    to.selected = true;
    to.view.clear();
    to.told_seen.clear();
    for (const auto& m : messages_) to.view.push_back(m.uid);
    send(to, exists_of(to) + "* OK [UIDVALIDITY " + std::to_string(validity_) + "] ok\r\n");
  } else if (name == "UID FETCH") {
    std::getline(words, text);
    fetch(to, argument, text);
  } else if (name == "STATUS") {
    seen_.status_of_selected += argument == "INBOX" ? 1 : 0;
    send(to, "* STATUS " + argument + " (UNSEEN " + std::to_string(others[argument]) + ")\r\n");
  } else if (name == "NOOP") {
    catch_up(to);
  } else if (name == "IDLE") {
    to.idle_tag = tag;
    send(to, "+ idling\r\n");
    catch_up(to);
    return;
  } else if (name == "LOGOUT") {
    send(to, "* BYE see you\r\n" + tag + " OK bye\r\n");
    end(to);
    return;
  }
  send(to, tag + " OK done\r\n");
}

void simulated_server::fetch(connection& to, std::string_view set, std::string_view items) {
  const auto listed = [&](std::uint32_t uid) {
    std::istringstream ranges{std::string(set)};
    const auto last = to.view.empty() ? 0 : to.view.back();
    const auto number = [&](const std::string& t) {
      return t == "*" ? last : static_cast<std::uint32_t>(std::stoul(t));
    };
    for (std::string one; std::getline(ranges, one, ',');) {
      const auto colon = one.find(':');
      auto a = number(one.substr(0, colon));
      auto b = colon == std::string::npos ? a : number(one.substr(colon + 1));
      if (a > b) std::swap(a, b);
      if (uid >= a && uid <= b) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < to.view.size(); ++i) {
    if (!listed(to.view[i])) continue;
    const auto at = std::ranges::find(messages_, to.view[i], &message::uid);
    if (at == messages_.end()) continue;
    to.told_seen[at->uid] = at->seen;
    std::string out =
        "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(at->uid) + " FLAGS " + flags_text(at->seen);
    if (items.find("RFC822.SIZE") != std::string_view::npos) out += " RFC822.SIZE " + std::to_string(at->text.size());
    if (items.find("INTERNALDATE") != std::string_view::npos) out += " INTERNALDATE \"01-Jan-2020 10:00:00 +0000\"";
    const bool header = items.find("BODY.PEEK[HEADER]") != std::string_view::npos;
    if (header || items.find("BODY.PEEK[]") != std::string_view::npos) {
      const auto part = header ? at->text.substr(0, at->text.find("\r\n\r\n") + 4) : at->text;
      out += std::string(" BODY[") + (header ? "HEADER" : "") + "] {" + std::to_string(part.size()) + "}\r\n" + part;
    }
    send(to, out + ")\r\n");
  }
}

// Tells what has happened since (RFC 3501 7.4.1).
void simulated_server::catch_up(connection& of) {
  if (!of.selected) return;
  for (auto i = of.view.size(); i > 0; --i) {
    if (std::ranges::find(messages_, of.view[i - 1], &message::uid) != messages_.end()) continue;
    of.view.erase(of.view.begin() + static_cast<std::ptrdiff_t>(i - 1));
    send(of, "* " + std::to_string(i) + " EXPUNGE\r\n");
  }
  if (pushes_flags) {
    for (std::size_t i = 0; i < of.view.size(); ++i) {
      const auto at = std::ranges::find(messages_, of.view[i], &message::uid);
      const auto told = of.told_seen.find(of.view[i]);
      if (told == of.told_seen.end() || told->second == at->seen) continue;
      told->second = at->seen;
      send(of, "* " + std::to_string(i + 1) + " FETCH (FLAGS " + flags_text(at->seen) + ")\r\n");
    }
  }
  const auto before = of.view.size();
  for (const auto& m : messages_) {
    if (of.view.empty() || m.uid > of.view.back()) of.view.push_back(m.uid);
  }
  if (of.view.size() != before) send(of, exists_of(of));
}

void simulated_server::push() {
  for (const auto& weak : connections_) {
    if (const auto one = weak.lock(); one && !one->idle_tag.empty()) catch_up(*one);
  }
}

std::uint32_t simulated_server::add(std::string text) {
  messages_.push_back({next_uid_, false, std::move(text)});
  push();
  return next_uid_++;
}

void simulated_server::expunge(std::uint32_t uid) {
  std::erase_if(messages_, [&](const message& m) { return m.uid == uid; });
  push();
}

void simulated_server::set_seen(std::uint32_t uid, bool seen) {
  const auto at = std::ranges::find(messages_, uid, &message::uid);
  if (at != messages_.end()) at->seen = seen;
  push();
}

void simulated_server::renumber() {
  ++validity_;
  next_uid_ = 1;
  for (auto& m : messages_) m.uid = next_uid_++;
  drop("* BYE the mailbox is another one");
}

void simulated_server::inject(std::string_view octets) {
  for (const auto& weak : connections_) {
    if (const auto one = weak.lock(); one && one->selected) send(*one, octets);
  }
}

void simulated_server::drop(std::string_view bye) {
  for (const auto& weak : connections_) {
    const auto one = weak.lock();
    if (!one || one->lost) continue;
    if (!bye.empty()) send(*one, std::string(bye) + "\r\n");
    end(*one);
  }
}

void simulated_server::vanish() {
  for (const auto& weak : connections_) {
    if (const auto one = weak.lock()) one->lost = true;
  }
}

std::size_t simulated_server::open() const {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& weak) {
    const auto one = weak.lock();
    return one && !one->closed && !one->lost;
  }));
}

}  // namespace outmap::test
