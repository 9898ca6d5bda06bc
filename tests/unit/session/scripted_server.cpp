#include "scripted_server.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <array>

namespace outmap::test {

using asio::ip::tcp;

scripted_server::scripted_server(asio::io_context& loop, const std::vector<std::string>& scripts)
    : acceptor_(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  for (const auto& script : scripts) scripts_.push_back(read_transcript(script));
  asio::co_spawn(loop, serve(), asio::detached);
}

void scripted_server::stop() {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> scripted_server::serve() {
  while (connections_ < scripts_.size()) {
    tcp::socket peer(acceptor_.get_executor());
    asio::error_code problem;
    co_await acceptor_.async_accept(peer, asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return;
    // Lines leave one by one; none shall wait for the acknowledgement of the last.
    peer.set_option(tcp::no_delay(true));
    unread_.clear();
    co_await play(peer, scripts_[connections_++]);
    peer.shutdown(tcp::socket::shutdown_send, problem);
    std::string line;
    const bool more = co_await read_line(peer, line);
    if (more && mismatch_.empty()) mismatch_ = "behind the end of the script: '" + line + "'";
  }
}

asio::awaitable<void> scripted_server::play(tcp::socket& peer, const std::vector<transcript_line>& script) {
  tags bound;
  for (const auto& step : script) {
    if (step.client) {
      std::string line;
      const bool got = co_await read_line(peer, line);
      if (got && match(step.text, line, bound)) continue;
      mismatch_ = "expected '" + step.text + "', got " + (got ? "'" + line + "'" : std::string("the end"));
      co_return;
    }
    auto text = step.text;
    for (const auto& [name, tag] : bound) {
      for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, name.size(), tag);
    }
    asio::error_code problem;
    co_await asio::async_write(peer, asio::buffer(text), asio::redirect_error(asio::use_awaitable, problem));
    if (problem) mismatch_ = "sending '" + text + "': " + problem.message();
    if (problem) co_return;
  }
}

asio::awaitable<bool> scripted_server::read_line(tcp::socket& peer, std::string& line) {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) {
    std::array<char, 4096> octets{};
    asio::error_code problem;
    const auto got =
        co_await peer.async_read_some(asio::buffer(octets), asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return false;
    unread_.append(octets.data(), got);
  }
  line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  co_return true;
}

bool scripted_server::match(const std::string& expected, const std::string& got, tags& bound) {
  if (expected == "?") {
    heard_.push_back(got);
    return true;
  }
  if (!expected.starts_with('{')) return expected == got;
  constexpr std::size_t tag_size = 4;
  const auto end = expected.find('}') + 1;
  if (got.size() < tag_size || got.substr(tag_size) != expected.substr(end)) return false;
  bound.emplace_back(expected.substr(0, end), got.substr(0, tag_size));
  return true;
}

}  // namespace outmap::test
