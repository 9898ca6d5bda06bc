#include "bench/delay_proxy.hpp"

#include <doctest/doctest.h>

#include <asio.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

// Sends back what it reads, connection by connection on threads of their own, until told to stop.
class echo_server {
 public:
  explicit echo_server(int connections) {
    for (int i = 0; i < connections; ++i) {
      threads_.emplace_back([this] {
        tcp::socket socket(context_);
        {
          const std::lock_guard one_at_a_time(accepting_);
          acceptor_.accept(socket);
        }
        std::vector<char> octets(65536);
        asio::error_code problem;
        while (!problem) {
          const auto got = socket.read_some(asio::buffer(octets), problem);
          if (!problem) asio::write(socket, asio::buffer(octets, got), problem);
        }
      });
    }
  }
  ~echo_server() {
    for (auto& thread : threads_) thread.join();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::mutex accepting_;
  std::vector<std::thread> threads_;
};

tcp::socket connect(asio::io_context& context, std::uint16_t port) {
  tcp::socket socket(context);
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  return socket;
}

std::string pattern(unsigned seed, std::size_t octets) {
  std::string text(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i) text[i] = static_cast<char>((i * 2654435761U + seed) >> 13U);
  return text;
}

// Writes all, ends its side, reads to the end.
std::string there_and_back(std::uint16_t port, const std::string& octets) {
  asio::io_context context;
  auto socket = connect(context, port);
  std::thread writer([&] {
    asio::write(socket, asio::buffer(octets));
    socket.shutdown(tcp::socket::shutdown_send);
  });
  std::string back;
  asio::error_code problem;
  asio::read(socket, asio::dynamic_buffer(back), problem);
  writer.join();
  return problem == asio::error::eof ? back : std::string();
}

}  // namespace

TEST_CASE("the delay proxy hands on every octet in order, whatever the connection, and the end after them") {
  constexpr int connections = 6;
  const echo_server server(connections);
  const outmap::bench::delay_proxy proxy(0, "127.0.0.1", server.port(), 2ms);
  std::vector<std::thread> clients;
  std::vector<std::string> sent;
  std::vector<std::string> back(connections);
  for (unsigned i = 0; i < connections; ++i) sent.push_back(pattern(i, 3'000'000 + i));
  for (unsigned i = 0; i < connections; ++i) {
    clients.emplace_back([&, i] { back[i] = there_and_back(proxy.port(), sent[i]); });
  }
  for (auto& client : clients) client.join();
  for (unsigned i = 0; i < connections; ++i) CHECK((back[i] == sent[i]));
  CHECK(proxy.connections() == connections);
}

TEST_CASE("nothing passes the delay proxy sooner than it may") {
  constexpr auto one_way = 20ms;
  const echo_server server(1);
  const outmap::bench::delay_proxy proxy(0, "127.0.0.1", server.port(), one_way);
  asio::io_context context;
  const auto began = std::chrono::steady_clock::now();
  auto socket = connect(context, proxy.port());
  char octet = 'x';
  asio::write(socket, asio::buffer(&octet, 1));
  asio::read(socket, asio::buffer(&octet, 1));
  const auto first = std::chrono::steady_clock::now();
  CHECK(first - began >= 4 * one_way);  // a round trip for the handshake, another for the octet
  asio::write(socket, asio::buffer(&octet, 1));
  asio::read(socket, asio::buffer(&octet, 1));
  CHECK(std::chrono::steady_clock::now() - first >= 2 * one_way);
  socket.close();
}
