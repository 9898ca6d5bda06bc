#include "client.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>

#include "auth/base64.hpp"

namespace outmap::exchange::test {

std::vector<std::string> answer::lines(std::string_view start) const {
  std::vector<std::string> found;
  std::ranges::copy_if(untagged, std::back_inserter(found), [&](const std::string& l) { return l.starts_with(start); });
  return found;
}

bool answer::has(std::string_view line) const { return std::ranges::find(untagged, line) != untagged.end(); }

client::client(std::uint16_t port, bool greeted) : socket_("127.0.0.1", port) {
  if (greeted) greeting_ = read_line();
}

void client::start_tls(const std::string& ca_pem) {
  const outmap::test::temp_dir folder;
  socket_.start_tls(folder.write("ca.pem", ca_pem), "localhost");
  if (greeting_.empty()) greeting_ = read_line();
}

std::string client::read_line() { return socket_.read_line(); }

std::string client::read_response() {
  std::string whole = read_line();
  std::string_view part = whole;
  while (part.ends_with('}') && part.find('{') != std::string_view::npos) {
    const std::size_t open = part.rfind('{') + 1;
    std::size_t size = 0;
    std::from_chars(part.data() + open, part.data() + part.size() - 1, size);
    whole += "\r\n" + socket_.read_exactly(size);
    const std::size_t rest = whole.size();
    whole += read_line();
    part = std::string_view(whole).substr(rest);
  }
  return whole;
}

answer client::read_answer(std::string_view tag) {
  answer got;
  for (;;) {
    std::string line = read_response();
    if (line.starts_with(std::string(tag) + " ")) {
      got.tagged = line.substr(tag.size() + 1);
      return got;
    }
    if (!line.starts_with("* ")) throw std::runtime_error("not untagged: " + line);
    got.untagged.push_back(line.substr(2));
  }
}

answer client::command(std::string_view text) {
  const std::string tag = "t" + std::to_string(++tags_);
  write(tag + " " + std::string(text) + "\r\n");
  return read_answer(tag);
}

std::vector<std::string> client::raw_lines(std::string_view text) {
  const std::string tag = "t" + std::to_string(++tags_);
  write(tag + " " + std::string(text) + "\r\n");
  std::vector<std::string> lines;
  do lines.push_back(read_response());
  while (!lines.back().starts_with(tag + " "));
  return lines;
}

answer client::command_with_literal(std::string_view text, std::string_view literal) {
  const std::string tag = "t" + std::to_string(++tags_);
  write(tag + " " + std::string(text) + " {" + std::to_string(literal.size()) + "}\r\n");
  const std::string go = read_line();
  if (!go.starts_with("+ ")) return {{}, go.substr(go.find(' ') + 1)};
  write(std::string(literal) + "\r\n");
  return read_answer(tag);
}

answer client::authenticate(auth::sasl_mechanism& mechanism) {
  const std::string tag = "t" + std::to_string(++tags_);
  write(tag + " AUTHENTICATE " + std::string(mechanism.name()) + "\r\n");
  for (;;) {
    const std::string line = read_line();
    if (!line.starts_with("+ ")) return {{}, line.substr(line.find(' ') + 1)};
    const auto challenge = auth::decode_base64(line.substr(2));
    if (!challenge) throw std::runtime_error("no base64: " + line);
    const auto response = mechanism.step(*challenge);
    write(response ? auth::encode_base64(*response) + "\r\n" : "*\r\n");
  }
}

bool client::ended() {
  // line_socket waits for half a minute and reports that as any other error.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(25);
  try {
    return socket_.at_end();
  } catch (const std::runtime_error&) {
    return std::chrono::steady_clock::now() < patience;
  }
}

std::vector<personality> exchanges() {
  std::vector<personality> all;
  for (const std::string& name : personality::names()) {
    if (name != "generic") all.push_back(*personality::by_name(name));
  }
  return all;
}

personality strict(personality behaves) {
  behaves.loose_responses = false;
  return behaves;
}

namespace {

server_options options_for(personality behaves, const std::function<void(server_options&)>& change) {
  server_options options;
  options.behaves = std::move(behaves);
  options.accounts = {{std::string(test_user), secret(test_password)}};
  if (change) change(options);
  return options;
}

}  // namespace

running_server::running_server(personality behaves, const std::function<void(server_options&)>& change)
    : server_(options_for(std::move(behaves), change)) {
  if (auto up = server_.start(); !up) throw std::runtime_error(up.error().message());
}

client running_server::connect_tls() {
  client fresh(server_.tls_port(), false);
  fresh.start_tls(server_.ca_pem());
  return fresh;
}

client running_server::login() {
  client fresh = connect_tls();
  const auto plain = mechanism_for(mechanism::plain, test_user, test_password);
  const answer got = fresh.authenticate(*plain);
  if (!got.tagged.starts_with("OK")) throw std::runtime_error(got.tagged);
  return fresh;
}

std::unique_ptr<auth::sasl_mechanism> mechanism_for(mechanism m, std::string_view user, std::string_view password,
                                                    ntlm_version version) {
  auth_policy policy;
  policy.ntlm = version;
  auth::credentials who;
  who.user = user;
  who.password = secret(password);
  who.host = "localhost";
  who.filetime = 133'000'000'000'000'000;
  who.random = auth::system_random();
  return auth::make_mechanism(m, policy, std::move(who));
}

}  // namespace outmap::exchange::test
