#include "interop/raw_imap.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/base64.hpp"

namespace outmap::interop {
namespace {

// A string for the wire; with a literal only where a quoted string cannot say it.
std::string astring(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c < 127; });
  if (!plain) return "{" + std::to_string(text.size()) + "+}\r\n" + std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::uint32_t number_after(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  std::uint32_t value = 0;
  if (at == std::string_view::npos) throw std::runtime_error("no " + std::string(word) + " in: " + std::string(text));
  const auto* begin = text.data() + at + word.size();
  if (std::from_chars(begin, text.data() + text.size(), value).ec != std::errc{}) {
    throw std::runtime_error("no number after " + std::string(word) + " in: " + std::string(text));
  }
  return value;
}

std::string between(std::string_view text, std::string_view open, std::string_view close) {
  const auto at = text.find(open);
  if (at == std::string_view::npos) throw std::runtime_error("no " + std::string(open) + " in: " + std::string(text));
  const auto begin = at + open.size();
  return std::string(text.substr(begin, text.find(close, begin) - begin));
}

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> out;
  for (std::string word; in >> word;) out.insert(word);
  return out;
}

std::optional<std::size_t> literal_size(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::size_t size = 0;
  const auto* end = line.data() + line.size() - 1;
  const auto [stop, code] = std::from_chars(line.data() + open + 1, end, size);
  if (code != std::errc{} || stop != end) return std::nullopt;
  return size;
}

// The name at the end of a LIST response.
std::string listed_name(const raw_response& response) {
  const std::string_view text = response.text;
  if (!response.literals.empty()) return response.literals.back();
  if (!text.ends_with('"')) return std::string(text.substr(text.rfind(' ') + 1));
  std::string name;
  // `* LIST (attributes) "/" "name"`: the name opens at the third quote.
  auto at = text.find("\" ") + 3;
  for (; at + 1 < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    name += text[at];
  }
  return name;
}

}  // namespace

raw_imap::raw_imap(const dovecot_server& server, security how)
    : user_(server.options().user),
      password_(server.options().password),
      socket_(server.options().address, how == security::implicit_tls ? server.imaps_port() : server.imap_port()) {
  if (how == security::implicit_tls) socket_.start_tls(server.ca_file(), server.host());
  greeting_ = socket_.read_line();
  if (how == security::starttls) {
    expect_ok("STARTTLS");
    socket_.start_tls(server.ca_file(), server.host());
  }
}

raw_imap::raw_imap(const plain_server& server)
    : user_(server.user), password_(server.password), socket_(server.address, server.port) {
  greeting_ = socket_.read_line();
}

std::string raw_imap::next_tag() { return "r" + std::to_string(++tags_); }

raw_response raw_imap::read_response() {
  raw_response response;
  for (;;) {
    const auto line = socket_.read_line();
    response.text += line;
    const auto size = literal_size(line);
    if (!size) return response;
    response.literals.push_back(socket_.read_exactly(*size));
  }
}

raw_answer raw_imap::read_answer(std::string_view tag) {
  raw_answer answer;
  for (;;) {
    auto response = read_response();
    if (response.text.starts_with(std::string(tag) + " ")) {
      answer.status = response.text.substr(tag.size() + 1);
      return answer;
    }
    answer.untagged.push_back(std::move(response));
  }
}

raw_answer raw_imap::command(std::string_view text) {
  const auto tag = next_tag();
  socket_.write(tag + " " + std::string(text) + "\r\n");
  return read_answer(tag);
}

raw_answer raw_imap::expect_ok(std::string_view text) {
  auto answer = command(text);
  if (!answer.ok()) throw std::runtime_error(std::string(text) + ": " + answer.status);
  return answer;
}

std::set<std::string> raw_imap::capabilities() {
  const auto answer = expect_ok("CAPABILITY");
  for (const auto& response : answer.untagged) {
    if (!response.text.starts_with("* CAPABILITY ")) continue;
    auto upper = response.text.substr(13);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    return words(upper);
  }
  throw std::runtime_error("OK without CAPABILITY");
}

raw_answer raw_imap::authenticate(std::string_view mechanism, const sasl_step& step) {
  const auto tag = next_tag();
  socket_.write(tag + " AUTHENTICATE " + std::string(mechanism) + "\r\n");
  raw_answer answer;
  for (;;) {
    auto response = read_response();
    if (response.text.starts_with(tag + " ")) {
      answer.status = response.text.substr(tag.size() + 1);
      return answer;
    }
    if (!response.text.starts_with("+")) {
      answer.untagged.push_back(std::move(response));
      continue;
    }
    const auto challenge = response.text.size() > 2 ? test::from_base64(response.text.substr(2)) : std::string();
    socket_.write(test::to_base64(step(challenge)) + "\r\n");
  }
}

raw_answer raw_imap::try_login(std::string_view user, std::string_view password) {
  return command("LOGIN " + astring(user) + " " + astring(password));
}

void raw_imap::login() {
  const auto answer = try_login(user_, password_);
  if (!answer.ok()) throw std::runtime_error("LOGIN: " + answer.status);
}

void raw_imap::create(std::string_view mailbox) { expect_ok("CREATE " + astring(mailbox)); }

void raw_imap::append_all(std::string_view mailbox, std::span<const outgoing_message> messages) {
  // A batch stays small enough for its answers to fit the socket's buffers while nobody reads them.
  constexpr std::size_t batch = 64;
  while (!messages.empty()) {
    const auto now = messages.first(std::min(batch, messages.size()));
    std::vector<std::string> tags;
    for (const auto& message : now) {
      tags.push_back(next_tag());
      std::string head = tags.back() + " APPEND " + astring(mailbox);
      if (!message.flags.empty()) head += " (" + message.flags + ")";
      if (!message.internal_date.empty()) head += " \"" + message.internal_date + "\"";
      socket_.write(head + " {" + std::to_string(message.octets.size()) + "+}\r\n" + message.octets + "\r\n");
    }
    for (const auto& tag : tags) {
      const auto answer = read_answer(tag);
      if (!answer.ok()) throw std::runtime_error("APPEND: " + answer.status);
    }
    messages = messages.subspan(now.size());
  }
}

mailbox_snapshot raw_imap::snapshot(std::string_view mailbox) {
  mailbox_snapshot found;
  std::string text;
  for (const auto& response : expect_ok("EXAMINE " + astring(mailbox)).untagged) text += response.text + "\n";
  found.uid_validity = number_after(text, "[UIDVALIDITY ");
  for (const auto& response : expect_ok("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])").untagged) {
    if (response.text.find(" FETCH (") == std::string::npos) continue;
    // A change of flags by someone else comes as a FETCH too, without a body.
    if (response.text.find("BODY[]") == std::string::npos) continue;
    stored_message message;
    message.flags = words(between(response.text, "FLAGS (", ")"));
    message.flags.erase("\\Recent");
    message.internal_date = between(response.text, "INTERNALDATE \"", "\"");
    if (!response.literals.empty()) message.octets = response.literals.back();
    found.messages.emplace(number_after(response.text, "UID "), std::move(message));
  }
  return found;
}

std::map<std::string, mailbox_snapshot> raw_imap::snapshot_all() {
  std::map<std::string, mailbox_snapshot> all;
  for (const auto& response : expect_ok("LIST \"\" \"*\"").untagged) {
    if (!response.text.starts_with("* LIST (")) continue;
    if (between(response.text, "(", ")").find("\\Noselect") != std::string::npos) continue;
    const auto name = listed_name(response);
    all.emplace(name, snapshot(name));
  }
  return all;
}

}  // namespace outmap::interop
