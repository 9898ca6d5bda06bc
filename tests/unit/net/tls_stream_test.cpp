#include "net/tls_stream.hpp"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/error.hpp>
#include <asio/use_awaitable.hpp>

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tls_peer.hpp"

using namespace outmap;
using net::test::tls_peer;

namespace {

// Not the same at any two places nearby, so that octets that are lost, doubled or swapped show.
std::string pattern(std::size_t octets) {
  std::string out;
  out.reserve(octets + 16);
  for (std::size_t i = 0; out.size() < octets; ++i) out += std::to_string(i) + ';';
  out.resize(octets);
  return out;
}

// So that a failed check does not print them.
bool same(const std::string& a, const std::string& b) { return a == b; }

// A connected stream and the coroutines that use it.
class client {
 public:
  using coroutine = std::function<asio::awaitable<void>(client&)>;

  explicit client(const tls_peer& to) : socket_(loop_), context_(asio::ssl::context::tls_client) {
    socket_.connect({asio::ip::address_v4::loopback(), to.port()});
    stream_.emplace(socket_, context_.native_handle());
  }

  net::tls_stream& stream() { return *stream_; }
  asio::ip::tcp::socket& socket() { return socket_; }

  /// After the handshake all `uses` at once; returns when they are done.
  void run(std::vector<coroutine> uses) {
    uses_ = std::move(uses);
    asio::co_spawn(loop_, begin(), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    loop_.run();
  }

  asio::awaitable<void> read(std::size_t octets) {
    std::vector<char> buffer(100'000);
    while (!problem && received.size() < octets) {
      const auto got = co_await stream_->read_some(buffer, problem);
      CHECK((got == 0) == static_cast<bool>(problem));
      received.append(buffer.data(), got);
      ++reads;
    }
  }

  std::string received;
  std::error_code problem;   ///< of the handshake, then of reading
  std::size_t reads = 0;

 private:
  asio::awaitable<void> begin() {
    problem = co_await stream_->handshake();
    REQUIRE_FALSE(problem);
    for (auto& use : uses_) asio::co_spawn(loop_, use(*this), asio::detached);
  }

  asio::io_context loop_{1};
  asio::ip::tcp::socket socket_;
  asio::ssl::context context_;
  std::optional<net::tls_stream> stream_;
  std::vector<coroutine> uses_;   // they own what their coroutines capture
};

client::coroutine reading(std::size_t octets) {
  return [octets](client& c) { return c.read(octets); };
}

client::coroutine writing(std::string octets, std::error_code& problem) {
  return [octets = std::move(octets), &problem](client& c) -> asio::awaitable<void> {
    problem = co_await c.stream().write(octets);
  };
}

constexpr std::size_t endless = ~std::size_t{0};

}  // namespace

TEST_CASE("what came before close_notify is given before the end of the stream") {
  const auto text = pattern(300'000);
  tls_peer peer([&](tls_peer& p) { return p.send(text) && p.say_goodbye(); });
  client c(peer);
  c.run({reading(endless)});
  CHECK(c.problem == asio::error::eof);
  CHECK(same(c.received, text));
  CHECK(peer.succeeded());
}

TEST_CASE("a stream that ends without close_notify is truncated") {
  const auto text = pattern(50'000);
  tls_peer peer([&](tls_peer& p) { return p.send(text); });
  client c(peer);
  c.run({reading(endless)});
  CHECK(c.problem == asio::ssl::error::stream_truncated);
  CHECK(same(c.received, text));
  CHECK(peer.succeeded());
}

TEST_CASE("octets that are no TLS are an error, behind those that were") {
  const auto text = pattern(1000);
  tls_peer peer([&](tls_peer& p) {
    return p.send(text) && BIO_write(SSL_get_wbio(p.connection()), "* BYE in the clear\r\n", 20) == 20;
  });
  client c(peer);
  c.run({reading(endless)});
  CHECK(c.problem);
  CHECK(c.problem.category() == asio::error::get_ssl_category());
  CHECK(same(c.received, text));
  CHECK(peer.succeeded());
}

TEST_CASE("a peer that is no TLS server makes the handshake fail") {
  asio::io_context loop;
  asio::ip::tcp::acceptor listener(loop, {asio::ip::address_v4::loopback(), 0});
  auto server = std::async(std::launch::async, [&] {
    auto accepted = listener.accept();
    accepted.send(asio::buffer(std::string_view("* OK IMAP4rev1 ready\r\n")));
    char rest[4096];
    std::error_code ended;
    while (!ended) accepted.read_some(asio::buffer(rest), ended);
  });
  asio::ip::tcp::socket socket(loop);
  socket.connect(listener.local_endpoint());
  asio::ssl::context context(asio::ssl::context::tls_client);
  net::tls_stream stream(socket, context.native_handle());
  std::error_code problem;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        problem = co_await stream.handshake();
        socket.close();
      },
      asio::detached);
  loop.run();
  server.get();
  CHECK(problem.category() == asio::error::get_ssl_category());
}

TEST_CASE("one read gives all records that have come") {
  constexpr std::size_t record = 1000;
  constexpr std::size_t records = 60;
  const auto text = pattern(record * records);
  std::promise<void> sent;
  std::promise<void> seen;
  tls_peer peer([&](tls_peer& p) {
    for (std::size_t i = 0; i < records; ++i) {
      if (!p.send(std::string_view(text).substr(i * record, record))) return false;
    }
    sent.set_value();
    seen.get_future().wait();
    return true;
  });
  client c(peer);
  c.run({[&](client& self) -> asio::awaitable<void> {
    sent.get_future().wait();
    while (self.socket().available() < record * records) std::this_thread::yield();
    co_await self.read(record * records);
    seen.set_value();
  }});
  CHECK_FALSE(c.problem);
  CHECK(same(c.received, text));
  CHECK(c.reads == 1);
  CHECK(peer.succeeded());
}

TEST_CASE("a read and a write go on at the same time, however much is under way") {
  // Neither end's socket can hold this, so a stream that lets reads and writes wait for each other stops here.
  const auto text = pattern(20'000'000);
  tls_peer peer([&](tls_peer& p) {
    for (std::size_t at = 0; at < text.size(); at += 50'000) {
      const auto piece = p.receive(50'000);
      if (piece.empty() || !p.send(piece)) return false;
    }
    return true;
  });
  client c(peer);
  std::error_code written;
  c.run({reading(text.size()), writing(text, written)});
  CHECK_FALSE(c.problem);
  CHECK_FALSE(written);
  CHECK(same(c.received, text));
  CHECK(peer.succeeded());
}

TEST_CASE("key updates that the server asks for disturb neither direction") {
  const auto text = pattern(5'000'000);
  tls_peer peer([&](tls_peer& p) {
    for (std::size_t at = 0; at < text.size(); at += 50'000) {
      const auto piece = p.receive(50'000);
      if (piece.empty() || SSL_key_update(p.connection(), SSL_KEY_UPDATE_REQUESTED) != 1) return false;
      if (!p.send(piece)) return false;
    }
    // The answers to the last updates come after all else; closing before them would reset the connection.
    return p.receive(1).empty();
  });
  client c(peer);
  std::error_code written;
  c.run({writing(text, written), [&](client& self) -> asio::awaitable<void> {
           co_await self.read(text.size());
           self.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
         }});
  CHECK_FALSE(c.problem);
  CHECK_FALSE(written);
  CHECK(same(c.received, text));
  CHECK(peer.succeeded());
}

TEST_CASE("a TLS 1.2 server may renegotiate between two answers") {
  const auto text = pattern(200'000);
  tls_peer peer(
      [&](tls_peer& p) {
        if (p.receive(5) != "first" || !p.send(text)) return false;
        if (SSL_renegotiate(p.connection()) != 1 || SSL_do_handshake(p.connection()) != 1) return false;
        if (p.receive(6) != "second" || !p.send(text)) return false;
        // The client's half of the handshake may come after all else; closing before it would reset the connection.
        return p.receive(1).empty();
      },
      TLS1_2_VERSION);
  client c(peer);
  std::error_code written;
  c.run({[&](client& self) -> asio::awaitable<void> {
    const std::string first = "first";
    const std::string second = "second";
    written = co_await self.stream().write(first);
    co_await self.read(text.size());
    if (!written) written = co_await self.stream().write(second);
    co_await self.read(2 * text.size());
    self.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
  }});
  CHECK_FALSE(c.problem);
  CHECK_FALSE(written);
  CHECK(same(c.received, text + text));
  CHECK(peer.succeeded());
}

TEST_CASE("closing the socket ends a read and a write with an error") {
  std::promise<void> closed;
  tls_peer peer([&](tls_peer&) {
    closed.get_future().wait();
    return true;
  });
  client c(peer);
  std::error_code written;
  // More than the sockets hold, and nobody reads it.
  c.run({reading(1), writing(std::string(50'000'000, 'x'), written), [&](client& self) -> asio::awaitable<void> {
           self.socket().close();
           closed.set_value();
           co_return;
         }});
  CHECK(c.problem);
  CHECK(written);
  CHECK(peer.succeeded());
}

TEST_CASE("a peer that has gone makes a write fail, and no signal ends the process") {
  tls_peer peer([](tls_peer&) { return true; });
  client c(peer);
  std::error_code written;
  c.run({[&](client& self) -> asio::awaitable<void> {
    CHECK(peer.succeeded());
    const std::string piece(100'000, 'x');
    while (!written) written = co_await self.stream().write(piece);
  }});
  CHECK(written);
}
