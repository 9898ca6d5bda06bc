#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include <openssl/ssl.h>

#include "client.hpp"
#include "interop/line_socket.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

/// A TLS 1.2 ClientHello that offers this one cipher suite and nothing else (RFC 5246 7.4.1.2).
std::string client_hello(std::uint16_t suite) {
  std::string body = "\x03\x03" + std::string(32, 'r');
  body += '\0';  // no session
  body += std::string("\0\2", 2) + static_cast<char>(suite >> 8) + static_cast<char>(suite & 0xff);
  body += std::string("\1\0", 2);  // no compression
  const auto size = [](std::size_t n) { return std::string{static_cast<char>(n >> 8), static_cast<char>(n & 0xff)}; };
  const std::string groups("\0\x0a\0\4\0\2\0\x17", 8);         // secp256r1
  const std::string signatures("\0\x0d\0\6\0\4\4\3\4\1", 10);  // ECDSA and RSA with SHA-256
  body += size(groups.size() + signatures.size()) + groups + signatures;
  const std::string handshake = std::string("\1\0", 2) + size(body.size()) + body;
  return "\x16\x03\x01" + size(handshake.size()) + handshake;
}

/// The highest TLS version that both agree on when the client allows `lowest` to `highest`; 0: none.
int agreed_version(std::uint16_t port, int lowest, int highest) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), lowest);
  SSL_CTX_set_max_proto_version(context.get(), highest);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> stream(BIO_new_ssl_connect(context.get()), &BIO_free_all);
  BIO_set_conn_hostname(stream.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  SSL* ssl = nullptr;
  BIO_get_ssl(stream.get(), &ssl);
  return BIO_do_handshake(stream.get()) == 1 ? SSL_version(ssl) : 0;
}

}  // namespace

TEST_CASE("XIMAP-1.4 each product has every command of RFC 3501 section 6, in the states that it has there") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    client c = server.connect_tls();
    for (const char* any : {"CAPABILITY", "NOOP"}) CHECK(c.command(any).tagged.starts_with("OK"));
    const auto by = mechanism_for(mechanism::plain, test_user, test_password);
    CHECK(c.authenticate(*by).tagged.starts_with("OK"));
    CHECK(c.command("AUTHENTICATE PLAIN").tagged.starts_with("BAD"));
    CHECK(c.command("LOGIN anna x").tagged.starts_with("BAD"));
    CHECK(c.command("STARTTLS").tagged.starts_with("BAD"));
    for (const char* open : {"CHECK", "CLOSE", "EXPUNGE", "SEARCH ALL", "FETCH 1 FLAGS", R"(STORE 1 FLAGS ())",
                             "COPY 1 INBOX", "UID FETCH 1 FLAGS"}) {
      CHECK(c.command(open).tagged.starts_with("BAD"));
    }
    for (const char* in : {"CREATE a", "RENAME a b", "SUBSCRIBE b", "LIST \"\" *", "LSUB \"\" *", "STATUS b (MESSAGES)",
                           "EXAMINE b", "UNSUBSCRIBE b", "DELETE b", "SELECT INBOX"}) {
      CAPTURE(in);
      CHECK(c.command(in).tagged.starts_with("OK"));
    }
    CHECK(c.command_with_literal("APPEND INBOX", "a: b\r\n\r\n").tagged.starts_with("OK"));
    for (const char* open : {"CHECK", "FETCH 1 FLAGS", "UID FETCH 1 FLAGS", "COPY 1 INBOX", "UID COPY 1 INBOX",
                             R"(STORE 1 FLAGS (\Deleted))", R"(UID STORE 1 FLAGS (\Deleted))", "SEARCH ALL",
                             "UID SEARCH ALL", "EXPUNGE", "CLOSE"}) {
      CAPTURE(open);
      CHECK(c.command(open).tagged.starts_with("OK"));
    }
    const answer bye = c.command("LOGOUT");
    CHECK(bye.lines("BYE ").size() == 1);
    CHECK(bye.tagged.starts_with("OK"));
    CHECK(c.ended());
  }
}

TEST_CASE("XIMAP-2.2 what RFC 3501 only recommends is done") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", "a: b\r\n\r\n");
    client c = server.login();
    // 6.3.3: a final delimiter declares that names below are to come, and is no part of the name.
    CHECK(c.command("CREATE declared/").tagged.starts_with("OK"));
    CHECK(c.command("CREATE declared/below").tagged.starts_with("OK"));
    CHECK(server.store().find("declared/below").has_value());
    // 6.3.5: superior names of a RENAME, which these products refuse; 6.3.4: INBOX stays.
    CHECK(c.command("DELETE INBOX").tagged.starts_with("NO"));
    // 6.3.8: the empty pattern asks for the delimiter.
    CHECK(c.command(R"(LIST "" "")").untagged == list{R"(LIST (\Noselect) "/" "")"});
    // 6.3.1: UNSEEN, PERMANENTFLAGS, UIDNEXT and UIDVALIDITY.
    const answer got = c.command("SELECT INBOX");
    for (const char* code : {"OK [UNSEEN ", "OK [PERMANENTFLAGS ", "OK [UIDNEXT ", "OK [UIDVALIDITY "}) {
      CHECK(got.lines(code).size() == 1);
    }
    // 6.3.11 and 6.4.7: TRYCREATE, and not a folder made unasked.
    CHECK(c.command("COPY 1 nosuch").tagged.starts_with("NO [TRYCREATE]"));
    CHECK_FALSE(server.store().find("nosuch").has_value());
    // 6.3.11: without a date-time the message is of now.
    c.command_with_literal("APPEND INBOX", "c: d\r\n\r\n");
    CHECK(server.store().messages("INBOX").at(1).date.unix_seconds > 1'700'000'000);
    // 6.4.7: COPY keeps flags and INTERNALDATE.
    c.command(R"(STORE 2 +FLAGS (\Flagged))");
    c.command("COPY 2 declared");
    CHECK(server.store().messages("declared").at(0).flags.has(system_flag::flagged));
    CHECK(server.store().messages("declared").at(0).date == server.store().messages("INBOX").at(1).date);
    // 5.2: a size that grew is told at the next command.
    server.store().add("INBOX", "e: f\r\n\r\n");
    CHECK(c.command("NOOP").has("3 EXISTS"));
  }
}

TEST_CASE("XIMAP-2.1.1 two ports: in the clear with STARTTLS, and TLS from the first octet; each can be chosen") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    CHECK(server->port() != server->tls_port());
    client plain = server.connect();
    CHECK(plain.greeting().starts_with("* OK"));
    CHECK(plain.command("STARTTLS").tagged.starts_with("OK"));
    client tls = server.connect_tls();
    CHECK(tls.greeting().starts_with("* OK"));
    CHECK(agreed_version(server->tls_port(), TLS1_2_VERSION, TLS1_3_VERSION) == TLS1_3_VERSION);
  }
  running_server first;
  const std::uint16_t chosen = first->port();
  first->stop();
  running_server second(personality::exchange_2019(), [&](server_options& o) { o.port = chosen; });
  CHECK(second->port() == chosen);
  CHECK(second.connect().greeting().starts_with("* OK"));
}

TEST_CASE("XIMAP-2.1.7 XIMAP-V0059 the two named cipher suites lead to no handshake") {
  running_server server(personality::exchange_2019());
  for (const std::uint16_t suite : {std::uint16_t{0x0004},     // TLS_RSA_WITH_RC4_128_MD5
                                    std::uint16_t{0x0013}}) {  // TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA
    interop::line_socket socket("127.0.0.1", server->tls_port());
    socket.write(client_hello(suite));
    const std::string alert = socket.read_exactly(7);
    CHECK(alert[0] == 21);
    CHECK(alert[5] == 2);   // fatal
    CHECK(alert[6] == 40);  // handshake_failure
  }
  // The form of the message is not what is refused: one suite of today, and the same octets get an answer.
  interop::line_socket socket("127.0.0.1", server->tls_port());
  socket.write(client_hello(0xc02c));  // TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
  CHECK((socket.read_exactly(1)[0] == 22) == true);
}

TEST_CASE("XIMAP-V0060 suites and versions are those of the TLS library, up to the highest that is set") {
  for (const auto& [highest, agreed] : {std::pair<std::optional<int>, int>{std::nullopt, TLS1_3_VERSION},
                                        {TLS1_2_VERSION, TLS1_2_VERSION},
                                        {TLS1_3_VERSION, TLS1_3_VERSION}}) {
    auto behaves = personality::exchange_2016();
    behaves.max_tls_version = highest;
    running_server server(behaves);
    CHECK(agreed_version(server->tls_port(), TLS1_2_VERSION, TLS1_3_VERSION) == agreed);
    CHECK(agreed_version(server->tls_port(), TLS1_3_VERSION, TLS1_3_VERSION) ==
          (agreed == TLS1_3_VERSION ? agreed : 0));
  }
}

TEST_CASE("XIMAP-2.1.3 a changed message has a new UID, or the old one where the older wording is played") {
  running_server server(personality::exchange_2019());
  server.store().add("INBOX", "Subject: before\r\n\r\n");
  client c = server.login();
  c.command("SELECT INBOX");
  const std::uint32_t fresh = server.store().revise("INBOX", 1, "Subject: after\r\n\r\n");
  CHECK(fresh == 2);
  CHECK(c.command("UID FETCH 1 (UID)").untagged == list{"1 EXPUNGE", "1 EXISTS", "1 RECENT"});
  CHECK(c.command("UID FETCH 2 BODY.PEEK[]").lines("1 FETCH (UID 2 BODY[] {18}\r\nSubject: after").size() == 1);
  CHECK(c.command(R"(UID STORE 1 +FLAGS (\Seen))").tagged.starts_with("OK"));
  CHECK(server.store().revise_in_place("INBOX", 2, "Subject: same UID\r\n\r\n"));
  CHECK(c.command("NOOP").untagged.empty());
  CHECK(c.command("UID FETCH 2 BODY.PEEK[]").lines("1 FETCH (UID 2 BODY[] {21}\r\nSubject: same").size() == 1);
}

TEST_CASE("NTLM-PB7 folders named with each special character but the delimiter") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    client c = server.login();
    for (char special = ' '; special <= '~'; ++special) {
      const bool plain = (special >= '0' && special <= '9') || (special >= 'A' && special <= 'Z') ||
                         (special >= 'a' && special <= 'z');
      if (plain || special == '/') continue;
      const std::string name = std::string("a") + special + (special == '&' ? "-" : "") + "b";
      CAPTURE(name);
      CHECK(c.command_with_literal("CREATE", name).tagged.starts_with("OK"));
      CHECK(c.command_with_literal("SELECT", name).tagged.starts_with("OK"));
      const auto listed = c.command(R"(LIST "" a%b)").untagged;
      REQUIRE(listed.size() == 1);
      CHECK(listed[0].find(special == '"' || special == '\\' ? std::string(1, special) : name) != std::string::npos);
      CHECK(c.command_with_literal("DELETE", name).tagged.starts_with("OK"));
    }
    CHECK(c.command(R"(LIST "" a%b)").untagged.empty());
  }
}

TEST_CASE("XIMAP-C0002 XIMAP-C0003 NTLM-PB1 NTLM-PB2 NTLM-PB3 the limits of each product") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    client c = server.login();
    std::string deep = "x";
    for (int i = 1; i < 31; ++i) deep += "/x";
    CHECK(c.command("CREATE " + deep + "/x").tagged.starts_with("NO"));
    CHECK(c.command("CREATE " + deep).tagged.starts_with("OK"));
    CHECK(c.command("CREATE " + std::string(251, 'n')).tagged.starts_with("NO"));
    CHECK(c.command("CREATE " + std::string(250, 'n')).tagged.starts_with("OK"));
    server.store().create("long" + std::string(300, 'n'));
    CHECK(c.command(R"(LIST "" long*)").untagged == list{R"(LIST () "/" long)" + std::string(246, 'n')});
    const std::string longest(10'240 - std::string("x LIST \"\" ").size(), 'n');
    c.write("x LIST \"\" " + longest + "\r\n");
    CHECK(c.read_answer("x").tagged.starts_with("OK"));
    c.write("x LIST \"\" " + longest + "n\r\n");
    CHECK(c.read_answer("x").tagged.starts_with("BAD"));
  }
}

}  // namespace outmap::exchange::test
