#include "cli/account_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::cli;
using namespace std::chrono_literals;

TEST_CASE("an entry is read with all it can say") {
  const auto got = parse_accounts(R"(
[account.work]
host = "imap.example.org"
port = 1143
tls = "starttls"
user = 'EXAMPLE\anna'
cache = "work.outmap"
ca_file = "/etc/ca.pem"
fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"
timeout = 2.5
auth = ["ntlm", "plain"]
plaintext = "allowed"
ntlm = "v1-extended"
received_date = "header"
password_command = "pass show work"
folder = ["INBOX", "Projects/*"]
exclude = "Spam"
tree = "subscribed"
root_folder = "Archive/2026"
logout = "at-once"
connections = 2
pipelining = false
bodies = "none"
max_delete = "80%"
keep_expunged = 30
)",
                                  "/some/where/outmap.toml");
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().detail));
  REQUIRE(got->size() == 1);
  const auto& e = got->front();
  CHECK(e.config.name == "work");
  CHECK(e.config.host == "imap.example.org");
  CHECK(e.config.port == 1143);
  CHECK(e.config.tls == tls_mode::starttls);
  CHECK(e.config.user == "EXAMPLE\\anna");
  CHECK(e.config.cache == "/some/where/work.outmap");
  CHECK(e.config.ca_file == "/etc/ca.pem");
  CHECK(e.config.fingerprint == "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  CHECK(e.config.timeout == 2500ms);
  CHECK(e.config.auth.allowed == std::vector{mechanism::ntlm, mechanism::plain});
  CHECK(e.config.auth.plaintext == plaintext_policy::allowed);
  CHECK(e.config.auth.ntlm == ntlm_version::v1_extended_session);
  CHECK(e.config.received == received_date::header);
  CHECK(e.config.password.empty());
  CHECK(e.password_command == "pass show work");
  CHECK(e.folders.include == std::vector<std::string>{"INBOX", "Projects/*"});
  CHECK(e.folders.exclude == std::vector<std::string>{"Spam"});
  CHECK(e.config.bodies == body_mode::none);
  CHECK(e.config.deletions == deletion_limit{20, 80});
  CHECK(e.config.keep_expunged == 30);
  CHECK(e.config.folders == folder_mode::subscribed);
  CHECK(e.config.root_folder == "Archive/2026");
  CHECK_FALSE(e.config.wait_for_logout);
  CHECK(e.config.connections == 2);
  CHECK_FALSE(e.config.pipelining);
}

TEST_CASE("a delegate's entry needs LOGIN, and words that are not known are told with their place") {
  const auto file = [](const std::string& keys) {
    return parse_accounts("[account.x]\nurl = 'imaps://CORP%5Canna@a.example'\n" + keys + "\n", "/x.toml");
  };
  const auto good = file("principal = 'bob@example.com'");
  REQUIRE(good);
  CHECK(good->front().config.principal == "bob@example.com");
  CHECK_FALSE(file("principal = 'bob'\nauth = ['ntlm']"));
  for (const auto* wrong : {"connections = 0", "connections = 17", "connections = 'two'", "pipelining = 1",
                            "tree = 'some'", "logout = 'never'", "principal = 'a/b'", "root_folder = ''"}) {
    const auto got = file(wrong);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::config_invalid);
    CHECK(got.error().detail.find("/x.toml:") != std::string::npos);
  }
}

TEST_CASE("accounts come in the order of the file, and a URL may leave the user to its own key") {
  const auto got = parse_accounts(
      "[account.zoe]\nurl = "
      "'imaps://zoe@z.example'\n[account.\"anna@b\"]\nurl='imap://b.example:1'\nuser='anna'\ntimeout = 3\n",
      "f");
  REQUIRE(got.has_value());
  REQUIRE(got->size() == 2);
  CHECK((*got)[0].config.name == "zoe");
  CHECK((*got)[0].config.user == "zoe");
  CHECK((*got)[1].config.name == "anna@b");
  CHECK((*got)[1].config.user == "anna");
  CHECK((*got)[1].config.tls == tls_mode::starttls);
  CHECK((*got)[1].config.timeout == 3s);
}

TEST_CASE("what is wrong is told with file, line, column and the near key") {
  struct row {
    const char* text;
    const char* where;
    const char* says;
  };
  const row rows[] = {
      {"[account.a]\nurl = 'imaps://a@b\n", "c.toml:2:", ""},
      {"[account.a\n", "c.toml:1:", ""},
      {"a = 1\na = 2\n", "c.toml:2:", ""},
      {"[account.a]\nurl = 'imaps://a@b'\n  timeuot = 5\n",
       "c.toml:3:3:", "unknown key 'timeuot' (did you mean 'timeout'?)"},
      {"[account.a]\nurl = 'imaps://a@b'\npassword = 'x'\n", "c.toml:3:1:", "password_command"},
      {"[account.a]\nurl = 'imaps://a@b'\npasword = 'x'\n", "c.toml:3:1:", "unknown key 'pasword'"},
      {"[acount.a]\nurl = 'imaps://a@b'\n", "c.toml:1:2:", "(did you mean 'account'?)"},
      {"url = 'imaps://a@b'\n", "c.toml:1:1:", "below [account.NAME]"},
      {"[account]\nurl = 'imaps://a@b'\n", "c.toml:2:1:", "below [account.NAME]"},
      {"account = 3\n", "c.toml:1:11:", "must be a table"},
      {"[account.a]\nurl = 5\n", "c.toml:2:7:", "must be a string, not an integer"},
      {"[account.a]\nurl = 'http://b'\n", "c.toml:2:7:", "must start with imaps://"},
      {"[account.a]\nurl = 'imaps://a:pw@b'\n", "c.toml:2:7:", "a password may not stand in it"},
      {"[account.a]\nurl = 'imaps://a@b'\nport = 993\n", "c.toml:3:8:", "stands in the url already"},
      {"[account.a]\nurl = 'imaps://a@b'\nuser = 'c'\n", "c.toml:3:8:", "stands in the url already"},
      {"[account.a]\nhost = 'b'\nport = 70000\n", "c.toml:3:8:", "from 1 to 65535"},
      {"[account.a]\nhost = 'b'\nport = '993'\n", "c.toml:3:8:", "from 1 to 65535"},
      {"[account.a]\nhost = 'b'\ntls = 'startls'\n", "c.toml:3:7:", "(did you mean 'starttls'?)"},
      {"[account.a]\nhost = 'b'\ntimeout = '5'\n", "c.toml:3:11:", "a number of seconds, not a string"},
      {"[account.a]\nhost = 'b'\ntimeout = 0\n", "c.toml:3:11:", "from 0.1"},
      {"[account.a]\nhost = 'b'\ntimeout = nan\n", "c.toml:3:11:", "from 0.1"},
      {"[account.a]\nhost = 'b'\nauth = ['ntml']\n", "c.toml:3:8:", "(did you mean 'ntlm'?)"},
      {"[account.a]\nhost = 'b'\nauth = []\n", "c.toml:3:8:", "no login method"},
      {"[account.a]\nhost = 'b'\nauth = [1]\n", "c.toml:3:9:", "must be a string, not an integer"},
      {"[account.a]\nhost = 'b'\nfingerprint = 'abc'\n", "c.toml:3:15:", "64 hexadecimal digits"},
      {"[account.a]\nhost = 'b'\nuser = ''\n", "c.toml:3:8:", "is empty"},
      {"[account.a]\nuser = 'b'\n", "c.toml:1:", "url or host is missing"},
      {"[account.a]\nhost = 'b c'\n", "c.toml:1:", "no host name"},
      {"[account.a]\nhost = 'b'\npassword_command = 'x'\npassword_file = 'y'\n",
       "c.toml:4:17:", "there is a password_command already"},
      {"[account.a]\nhost = 'b'\nfolder = 5\n", "c.toml:3:10:", "must be an array of strings"},
      {"[account.a]\nhost = 'b'\ncache = 1979-05-27\n", "c.toml:3:9:", "must be a string"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto got = parse_accounts(r.text, "c.toml");
    REQUIRE_FALSE(got.has_value());
    CAPTURE(got.error().detail);
    CHECK(got.error().code == errc::config_invalid);
    CHECK(got.error().detail.starts_with(r.where));
    CHECK(got.error().detail.find(r.says) != std::string::npos);
    CHECK(got.error().detail.find("pw") == std::string::npos);
  }
}

TEST_CASE("the first error of the file is told") {
  const auto got = parse_accounts("[account.b]\nhost = 'b'\nzzz = 1\n[account.a]\nyyy = 1\n", "c.toml");
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().detail.starts_with("c.toml:3:1:"));
}

TEST_CASE("a file that is missing, too large or writable by everybody is refused") {
  const test::temp_dir dir;
  const auto missing = read_accounts(dir / "none.toml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == errc::file_error);
  const auto large = read_accounts(dir.write("large.toml", std::string(1 << 21, '#')));
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == errc::config_invalid);
  const auto file = dir.write("open.toml", "[account.a]\nhost = 'b'\n");
  CHECK(read_accounts(file).has_value());
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  const auto open = read_accounts(file);
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().detail.find("chmod o-w") != std::string::npos);
}
