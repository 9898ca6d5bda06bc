// Every fault of a certificate, in real handshakes: the server hears nothing behind its own.
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "hostile/login_attempt.hpp"
#include "net/tcp_transport.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"
#include "support/tried.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

using days = std::chrono::duration<long, std::ratio<86400>>;

// Takes the handshake, or what the client leaves of it, and hears the client out.
std::function<void(hostile_link&)> tls_server(SSL_CTX* shows) {
  return [shows](hostile_link& c) {
    c.raise_to_tls(shows);
    c.send("* OK ready\r\n");
  };
}

// A handshake for `host` with whoever listens on `port` of 127.0.0.1.
result<net::tls_facts> shake_hands(std::uint16_t port, const net::tls_options& options) {
  result<net::tls_facts> out = fail(errc::internal);
  asio::io_context loop;
  net::interrupter stop;
  const auto work = [&]() -> asio::awaitable<void> {
    auto over = co_await net::connect("127.0.0.1", port, std::chrono::seconds(20), stop);
    if (!over) {
      out = tl::unexpected(over.error());
      co_return;
    }
    const auto raised = co_await (*over)->start_tls(options);
    if (raised) {
      out = *(*over)->tls();
    } else {
      out = tl::unexpected(raised.error());
    }
  };
  asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  return out;
}

certificate_request naming(std::vector<std::string> names, const std::string& common_name = "mail") {
  certificate_request what;
  what.common_name = common_name;
  what.subject_alt_names = std::move(names);
  return what;
}

certificate_request naming_raw(const std::string& dns_name) {
  auto what = naming({});
  what.raw_dns_names = {dns_name};
  return what;
}

certificate_request valid(days from, days to) {
  auto what = naming({"DNS:imap.example.com"});
  what.valid_from = from;
  what.valid_to = to;
  return what;
}

struct authorities {
  certificate_authority trusted;
  certificate_authority stranger{"somebody else"};
  temp_dir dir;
  std::filesystem::path ca_file = dir.write("ca.pem", trusted.pem());
};

struct name_row {
  std::string host;
  certificate_request shown;
  errc code;
};

constexpr errc accepted{};

// Whether names match is OpenSSL's to say; that it is asked the right question is ours.
std::vector<name_row> name_rows() {
  const errc wrong = errc::certificate_wrong_host;
  const std::string nul(1, '\0');
  return {
      {"imap.example.com", naming({"DNS:imap.example.com"}), accepted},
      {"IMAP.Example.COM", naming({"DNS:imap.example.com"}), accepted},
      {"imap.example.com", naming({"DNS:mail.example.com"}), wrong},
      {"imap.example.com", naming({"DNS:example.com"}), wrong},
      {"example.com", naming({"DNS:imap.example.com"}), wrong},
      {"imap.example.com", naming({"DNS:imap.example.com.evil.test"}), wrong},
      {"imap.example.com", naming({"DNS:evil-imap.example.com"}), wrong},
      // A common name alone is no name.
      {"imap.example.com", naming({}, "imap.example.com"), wrong},
      {"imap.example.com", naming({"IP:127.0.0.1"}, "imap.example.com"), wrong},
      {"imap.example.com", naming({"email:imap.example.com@example.com"}, "imap.example.com"), wrong},
      {"imap.example.com", naming({"URI:imap://imap.example.com/"}, "imap.example.com"), wrong},
      // Wildcards: the whole leftmost label, and one label.
      {"imap.example.com", naming({"DNS:*.example.com"}), accepted},
      {"imap.example.com", naming({"DNS:*"}), wrong},
      {"imap.example.com", naming({"DNS:*.com"}), wrong},
      {"example.com", naming({"DNS:*.com"}), wrong},
      {"example.com", naming({"DNS:*.example.com"}), wrong},
      {"a.imap.example.com", naming({"DNS:*.example.com"}), wrong},
      {"imap.example.com", naming({"DNS:*.*.com"}), wrong},
      {"imap.example.com", naming({"DNS:imap.*.com"}), wrong},
      {"imap.example.com", naming({"DNS:im*.example.com"}), wrong},
      {"imap.example.com", naming({"DNS:*ap.example.com"}), wrong},
      {"imap.example.com", naming({"DNS:i*p.example.com"}), wrong},
      {"xn--imap-9ta.example.com", naming({"DNS:xn--*.example.com"}), wrong},
      {"127.0.0.1", naming({"DNS:*.0.0.1"}), wrong},
      // NUL in a name ends it for some; not here.
      {"imap.example.com", naming_raw("imap.example.com" + nul + ".evil.test"), wrong},
      {"imap.example.com", naming_raw("imap.example.com" + nul), wrong},
      {"imap.example.com", naming_raw(nul + "imap.example.com"), wrong},
      {"imap.example.com", naming_raw("evil.test" + nul + "imap.example.com"), wrong},
      {"imap.example.com", naming_raw("*" + nul + ".example.com"), wrong},
      {"imap.example.com", naming_raw("imap.example.com\x1b[2J"), wrong},
      {"imap.example.com", naming_raw(""), wrong},
      {"imap.example.com", naming_raw(std::string(60'000, 'a') + ".example.com"), wrong},
      // Addresses are compared with addresses.
      {"127.0.0.1", naming({"IP:127.0.0.1"}), accepted},
      {"127.0.0.1", naming({"IP:127.0.0.2"}), wrong},
      {"127.0.0.1", naming({"DNS:127.0.0.1"}), wrong},
      {"127.0.0.1", naming({}, "127.0.0.1"), wrong},
      {"127.0.0.1", naming({"DNS:localhost"}), wrong},
      {"::1", naming({"IP:::1"}), accepted},
      {"::1", naming({"IP:127.0.0.1"}), wrong},
      {"imap.example.com", naming_raw(std::string("\x7f\0\0\x01", 4)), wrong},
  };
}

// That a server without anything newer than TLS 1.1 is one at all.
bool old_client_gets_in(std::uint16_t port) {
  const std::unique_ptr<SSL_CTX, free_context> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  const int connected = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const std::unique_ptr<SSL, decltype(&SSL_free)> connection(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(connection.get(), connected);
  const bool in = SSL_connect(connection.get()) == 1;
  close(connected);
  return in;
}

void check_nothing_heard(const login_attempt& got, const std::vector<heard>& connections) {
  CHECK_FALSE(got.ok);
  CHECK(got.steps.empty());
  CHECK(got.alerts.empty());
  CHECK(got.facts.capabilities.empty());
  REQUIRE(connections.size() == 1);
  CHECK(connections[0].over_tls.empty());
  CHECK(credentials_in(connections[0].plain) == "");
}

std::function<void(hostile_link&)> imap_server(tls_mode tls, SSL_CTX* shows) {
  return [tls, shows](hostile_link& c) {
    if (tls == tls_mode::starttls) {
      c.send("* OK ready\r\n");
      const auto tag = c.expect("CAPABILITY");
      c.send("* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + " OK done\r\n");
      c.send(c.expect("STARTTLS") + " OK begin\r\n");
    }
    c.raise_to_tls(shows);
    c.send("* OK [ALERT] ready\r\n* CAPABILITY IMAP4rev1\r\n");
  };
}

}  // namespace

TEST_SUITE_BEGIN("certificates");

TEST_CASE_FIXTURE(authorities, "a certificate must name the host that was asked for, and names are taken as they are") {
  for (const auto& row : name_rows()) {
    CAPTURE(row.host);
    const auto shown = trusted.issue(row.shown);
    const auto context = server_context(shown);
    hostile_peer peer(tls_server(context.get()));
    const auto got = shake_hands(peer.port(), {row.host, ca_file, {}});
    const auto code = got ? accepted : got.error().code;
    INFO((got ? std::string() : got.error().message()));
    CHECK(code == row.code);
    if (!got) {
      const auto text = got.error().message();
      CHECK(text.find('\0') == std::string::npos);
      CHECK(text.find('\x1b') == std::string::npos);
    }
    CHECK(peer.stop().front().over_tls.empty());
    tried();
  }
}

TEST_CASE_FIXTURE(authorities, "a host name that cannot be verified is refused before the handshake") {
  const auto context = server_context(trusted.issue(naming({"DNS:imap.example.com"})));
  for (const auto& host : {std::string("imap.example.com\0.evil.test", 27), std::string("\0.example.com", 13)}) {
    hostile_peer peer(tls_server(context.get()));
    const auto got = shake_hands(peer.port(), {host, ca_file, {}});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::invalid_argument);
    for (const auto& connection : peer.stop()) CHECK_FALSE(connection.handshake);
    tried();
  }
}

TEST_CASE_FIXTURE(authorities, "a certificate that is not valid now, or that nobody trusted has signed, is refused") {
  const auto good = naming({"DNS:imap.example.com"});
  auto client_only = good;
  client_only.purpose = "clientAuth";
  // What a server's own certificate signs is worth nothing.
  const auto leaf = trusted.issue(good);
  const certificate_authority impostor(leaf);
  struct row {
    const char* what;
    certificate shown;
    std::vector<std::string> chain;
    errc code;
  };
  const row rows[] = {
      {"good", trusted.issue(good), {}, accepted},
      {"expired", trusted.issue(valid(days(-30), days(-1))), {}, errc::certificate_expired},
      {"expired a second ago",
       trusted.issue([] {
         auto what = valid(days(-30), days(0));
         what.valid_to = std::chrono::seconds(-2);
         return what;
       }()),
       {},
       errc::certificate_expired},
      {"not yet valid", trusted.issue(valid(days(1), days(30))), {}, errc::certificate_not_yet_valid},
      {"self-signed", self_signed(good), {}, errc::certificate_untrusted},
      {"unknown root", stranger.issue(good), {}, errc::certificate_untrusted},
      {"unknown root that is sent along", stranger.issue(good), {stranger.pem()}, errc::certificate_untrusted},
      {"signed by a server", impostor.issue(good), {leaf.pem}, errc::certificate_untrusted},
      {"for clients", trusted.issue(client_only), {}, errc::certificate_untrusted},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    const auto context = server_context(r.shown, r.chain);
    hostile_peer peer(tls_server(context.get()));
    const auto got = shake_hands(peer.port(), {"imap.example.com", ca_file, {}});
    const auto code = got ? accepted : got.error().code;
    INFO((got ? std::string() : got.error().message()));
    CHECK(code == r.code);
    CHECK(peer.stop().front().over_tls.empty());
    tried();
  }
}

TEST_CASE_FIXTURE(authorities, "a certificate signed with another's name on it is refused") {
  // The same subject as the trusted authority, and another key.
  const certificate_authority namesake;
  const auto context = server_context(namesake.issue(naming({"DNS:imap.example.com"})), {namesake.pem()});
  hostile_peer peer(tls_server(context.get()));
  const auto got = shake_hands(peer.port(), {"imap.example.com", ca_file, {}});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::certificate_untrusted);
  tried();
}

TEST_CASE_FIXTURE(authorities, "TLS before 1.2 is refused, also by a pinned account") {
  const auto shown = trusted.issue(naming({"DNS:imap.example.com", "DNS:localhost"}));
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const auto context = server_context(shown);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    hostile_peer peer(tls_server(context.get()));
    REQUIRE(old_client_gets_in(peer.port()));
    for (const auto& fingerprint : {std::string(), shown.sha256}) {
      const auto got = shake_hands(peer.port(), {"imap.example.com", ca_file, fingerprint});
      REQUIRE_FALSE(got);
      CHECK(got.error().code == errc::tls_failed);
      tried();
    }
    for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
      hostile_peer imap(imap_server(tls, context.get()));
      auto account = careless_account(imap, tls);
      account.ca_file = ca_file;
      const auto got = try_login(account);
      CHECK(got.why.code == errc::tls_failed);
      check_nothing_heard(got, imap.stop());
      tried();
    }
  }
}

TEST_CASE_FIXTURE(authorities, "no fault of a certificate lets a credential out, from the start or by STARTTLS") {
  const auto local = naming({"DNS:localhost"});
  struct row {
    const char* what;
    certificate shown;
    std::string fingerprint;
    errc code;
  };
  auto old = local;
  old.valid_from = days(-30);
  old.valid_to = days(-1);
  auto early = local;
  early.valid_from = days(1);
  const auto good = trusted.issue(local);
  const row rows[] = {
      {"self-signed", self_signed(local), {}, errc::certificate_untrusted},
      {"unknown root", stranger.issue(local), {}, errc::certificate_untrusted},
      {"expired", trusted.issue(old), {}, errc::certificate_expired},
      {"not yet valid", trusted.issue(early), {}, errc::certificate_not_yet_valid},
      {"wrong host", trusted.issue(naming({"DNS:mail.example.com"})), {}, errc::certificate_wrong_host},
      {"wrong address", trusted.issue(naming({"IP:127.0.0.1"})), {}, errc::certificate_wrong_host},
      {"common name alone", trusted.issue(naming({}, "localhost")), {}, errc::certificate_wrong_host},
      {"wildcard for everything", trusted.issue(naming({"DNS:*"})), {}, errc::certificate_wrong_host},
      {"NUL", trusted.issue(naming_raw(std::string("localhost\0.evil.test", 20))), {}, errc::certificate_wrong_host},
      // Trusted and rightly named, and yet not the one that was pinned.
      {"changed pin", good, trusted.issue(local).sha256, errc::fingerprint_mismatch},
      {"changed pin, self-signed", self_signed(local), good.sha256, errc::fingerprint_mismatch},
  };
  for (const auto& r : rows) {
    for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
      CAPTURE(r.what);
      const auto context = server_context(r.shown);
      hostile_peer peer(imap_server(tls, context.get()));
      auto account = careless_account(peer, tls);
      account.ca_file = ca_file;
      account.fingerprint = r.fingerprint;
      const auto got = try_login(account);
      INFO(got.why.message());
      CHECK(got.why.code == r.code);
      check_nothing_heard(got, peer.stop());
      tried();
    }
  }
}

TEST_SUITE_END();
