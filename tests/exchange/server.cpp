#include "server.hpp"

#include <array>
#include <atomic>
#include <fstream>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "certificates.hpp"
#include "channel.hpp"
#include "imap_session.hpp"
#include "service.hpp"
#include "support/block_sigpipe.hpp"

namespace outmap::exchange {

namespace {

using asio::ip::tcp;

/// One accepted connection and its thread.
struct connection {
  connection(tcp::socket socket, const server_clock& clock, std::uint64_t n)
      : stream(std::move(socket), clock), number(n) {}

  std::string take_injected() {
    const std::lock_guard lock(mutex);
    return std::exchange(injected, {});
  }

  channel stream;
  const std::uint64_t number;
  std::mutex mutex;
  std::string injected;
  std::atomic<bool> done{false};
  std::thread thread;
};

result<void> listen_on(tcp::acceptor& acceptor, std::uint16_t port) {
  const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
  asio::error_code failed;
  acceptor.open(where.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(where, failed);
  if (!failed) acceptor.listen(tcp::acceptor::max_listen_connections, failed);
  // A client may be gone between poll() and accept(), which must not block then.
  if (!failed) acceptor.non_blocking(true, failed);
  if (failed) {
    return fail(errc::connection_failed,
                "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + failed.message());
  }
  return {};
}

}  // namespace

struct server::state {
  explicit state(server_options o) : options(std::move(o)) {
    if (options.store == nullptr) {
      options.store = std::make_shared<mailbox_store>(options.behaves.names_ignore_case);
    }
    shared.behaves = options.behaves;
    shared.setup.accounts = options.accounts;
    shared.setup.ntlm = options.ntlm;
    shared.setup.acceptor = options.acceptor;
    if (options.quirks == nullptr) options.quirks = std::make_shared<field_quirks>();
    shared.quirks = options.quirks;
    shared.store = options.store;
    shared.set_hooks(options.hooks);
  }

  void accept_loop();
  void accept_from(tcp::acceptor& acceptor, bool implicit_tls);
  void serve(connection& c, bool implicit_tls);
  void reap();
  /// Changes of this store wake the connections, so that IDLE tells of them.
  void listen_to(mailbox_store& store) {
    listeners.emplace_back(&store, store.add_listener([this] { for_each([](connection& c) { c.stream.wake(); }); }));
  }
  template <class F>
  void for_each(F&& use) {
    const std::lock_guard lock(mutex);
    for (connection& c : connections) use(c);
  }

  server_options options;
  service shared;
  server_identity identity;
  asio::io_context context;
  tcp::acceptor plain{context};
  tcp::acceptor tls{context};
  std::uint16_t plain_port = 0;
  std::uint16_t implicit_port = 0;
  wake_pipe wake;
  std::atomic<bool> stopping{false};
  std::thread acceptor_thread;
  std::vector<std::pair<mailbox_store*, std::uint64_t>> listeners;

  std::mutex mutex;
  std::list<connection> connections;  // places stay put; only the acceptor thread and stop() remove
  std::uint64_t next_number = 1;
};

void server::state::serve(connection& c, bool implicit_tls) {
  test::block_sigpipe();
  try {
    if (implicit_tls) {
      c.stream.start_tls(identity.context.get(), shared.clock.now() + shared.behaves.unauth_timeout);
      shared.log.count([](counters& n) { ++n.tls_handshakes; });
    }
    imap_session(shared, c.stream, c.number, [&c] { return c.take_injected(); }).run();
  } catch (...) {
    // The handshake failed; the client knows why.
  }
  shared.log.count([&](counters& n) { n.octets_sent += c.stream.octets_written(); });
  c.stream.shut();
  c.done = true;
}

void server::state::accept_from(tcp::acceptor& acceptor, bool implicit_tls) {
  asio::error_code failed;
  tcp::socket socket(context);
  acceptor.accept(socket, failed);
  if (failed) return;
  shared.log.count([](counters& n) { ++n.connections; });
  const std::lock_guard lock(mutex);
  connection& c = connections.emplace_back(std::move(socket), shared.clock, next_number++);
  c.thread = std::thread([this, &c, implicit_tls] { serve(c, implicit_tls); });
}

void server::state::reap() {
  std::list<connection> finished;
  {
    const std::lock_guard lock(mutex);
    for (auto it = connections.begin(); it != connections.end();) {
      const auto next = std::next(it);
      if (it->done) finished.splice(finished.end(), connections, it);
      it = next;
    }
  }
  for (connection& c : finished) c.thread.join();
}

void server::state::accept_loop() {
  while (!stopping) {
    std::array<pollfd, 3> fds{
        {{plain.native_handle(), POLLIN, 0}, {tls.native_handle(), POLLIN, 0}, {wake.fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[2].revents != 0) wake.drain();
    reap();
    if (stopping) return;
    if (fds[0].revents != 0) accept_from(plain, false);
    if (fds[1].revents != 0) accept_from(tls, true);
  }
}

server::server(server_options options) : state_(std::make_unique<state>(std::move(options))) {}

server::~server() { stop(); }

result<void> server::start() {
  state& s = *state_;
  stop();
  auto identity = make_identity(s.options.certificate, s.options.behaves.max_tls_version.value_or(0));
  if (!identity) return tl::unexpected(identity.error());
  s.identity = *std::move(identity);
  s.shared.tls = s.identity.context.get();
  asio::error_code ignored;
  for (auto [acceptor, port] : {std::pair{&s.plain, s.options.port}, std::pair{&s.tls, s.options.tls_port}}) {
    if (auto up = listen_on(*acceptor, port); !up) {
      s.plain.close(ignored);
      s.tls.close(ignored);
      return up;
    }
  }
  s.plain_port = s.plain.local_endpoint(ignored).port();
  s.implicit_port = s.tls.local_endpoint(ignored).port();
  s.stopping = false;
  s.listen_to(*s.options.store);
  for (const account& who : s.options.accounts) {
    if (who.mailbox != nullptr) s.listen_to(*who.mailbox);
  }
  s.acceptor_thread = std::thread([&s] { s.accept_loop(); });
  return {};
}

void server::stop() {
  state& s = *state_;
  if (!s.acceptor_thread.joinable()) return;
  s.stopping = true;
  s.wake.wake();
  s.acceptor_thread.join();
  for (const auto& [store, key] : s.listeners) store->remove_listener(key);
  s.listeners.clear();
  asio::error_code ignored;
  s.plain.close(ignored);
  s.tls.close(ignored);
  s.for_each([](connection& c) { c.stream.shut(); });
  // No lock: nobody adds any more, and a thread that ends may still want it.
  for (connection& c : s.connections) c.thread.join();
  const std::lock_guard lock(s.mutex);
  s.connections.clear();
}

std::uint16_t server::port() const { return state_->plain_port; }
std::uint16_t server::tls_port() const { return state_->implicit_port; }
std::string server::ca_pem() const { return state_->identity.ca_pem; }
std::string server::fingerprint() const { return state_->identity.fingerprint; }
mailbox_store& server::store() { return *state_->options.store; }
activity& server::log() { return state_->shared.log; }
field_quirks& server::quirks() { return *state_->options.quirks; }

void server::advance_clock(std::chrono::milliseconds by) {
  state_->shared.clock.advance(by);
  state_->for_each([](connection& c) { c.stream.wake(); });
}

void server::set_hooks(exchange::hooks hooks) { state_->shared.set_hooks(std::move(hooks)); }

result<void> server::write_ca(const std::filesystem::path& file) const {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << state_->identity.ca_pem;
  out.close();
  if (!out) return fail(errc::file_error, "cannot write the CA certificate to " + file.string());
  return {};
}

void server::inject(std::string octets) {
  state_->for_each([&](connection& c) {
    {
      const std::lock_guard lock(c.mutex);
      c.injected += octets;
    }
    c.stream.wake();
  });
}

void server::drop_connections() {
  state_->for_each([](connection& c) { c.stream.shut(); });
}

std::size_t server::open_connections() const {
  std::size_t open = 0;
  state_->for_each([&](connection& c) { open += c.done ? 0 : 1; });
  return open;
}

}  // namespace outmap::exchange
