#include "interop/mailbox_admin.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace outmap::interop {
namespace {

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) {
    throw std::runtime_error("doveadm gave no number: " + std::string(text));
  }
  return value;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::vector<std::string> in_mailbox(const std::string& mailbox, const mailbox_admin::query& which) {
  std::vector<std::string> words = {"mailbox", mailbox};
  words.insert(words.end(), which.begin(), which.end());
  return words;
}

std::vector<std::string> before(std::string first, std::vector<std::string> rest) {
  rest.insert(rest.begin(), std::move(first));
  return rest;
}

}  // namespace

std::string mailbox_admin::run(std::vector<std::string> command, const std::vector<std::string>& arguments,
                               std::string input) const {
  command.insert(command.end(), {"-u", server_.options().user});
  command.insert(command.end(), arguments.begin(), arguments.end());
  return server_.doveadm(command, std::move(input));
}

void mailbox_admin::create(const std::string& mailbox) const { run({"mailbox", "create"}, {mailbox}); }
void mailbox_admin::remove(const std::string& mailbox) const { run({"mailbox", "delete"}, {mailbox}); }
void mailbox_admin::rename(const std::string& from, const std::string& to) const {
  run({"mailbox", "rename"}, {from, to});
}
void mailbox_admin::subscribe(const std::string& mailbox) const { run({"mailbox", "subscribe"}, {mailbox}); }

std::vector<std::string> mailbox_admin::list() const {
  auto names = lines(run({"mailbox", "list"}, {}));
  std::sort(names.begin(), names.end());
  return names;
}

void mailbox_admin::save(const std::string& mailbox, std::string octets) const {
  run({"save"}, {"-m", mailbox}, std::move(octets));
}
void mailbox_admin::add_flags(const std::string& mailbox, const query& which, const std::string& flags) const {
  run({"flags", "add"}, before(flags, in_mailbox(mailbox, which)));
}
void mailbox_admin::remove_flags(const std::string& mailbox, const query& which, const std::string& flags) const {
  run({"flags", "remove"}, before(flags, in_mailbox(mailbox, which)));
}
void mailbox_admin::expunge(const std::string& mailbox, const query& which) const {
  run({"expunge"}, in_mailbox(mailbox, which));
}
void mailbox_admin::move(const std::string& from, const query& which, const std::string& to) const {
  run({"move"}, before(to, in_mailbox(from, which)));
}

std::uint32_t mailbox_admin::status(const std::string& mailbox, const std::string& item) const {
  // "-f tab": a head line, then mailbox and value.
  const auto table =
      lines(server_.doveadm({"-f", "tab", "mailbox", "status", "-u", server_.options().user, item, mailbox}));
  if (table.size() != 2) throw std::runtime_error("doveadm mailbox status: no answer for " + mailbox);
  return number(std::string_view(table[1]).substr(table[1].rfind('\t') + 1));
}

std::uint32_t mailbox_admin::uid_validity(const std::string& mailbox) const { return status(mailbox, "uidvalidity"); }
std::uint32_t mailbox_admin::count(const std::string& mailbox) const { return status(mailbox, "messages"); }

void mailbox_admin::set_uid_validity(const std::string& mailbox, std::uint32_t value) const {
  run({"mailbox", "update"}, {"--uid-validity", std::to_string(value), mailbox});
}

std::vector<std::uint32_t> mailbox_admin::uids(const std::string& mailbox) const {
  std::vector<std::uint32_t> out;
  for (const auto& line : lines(run({"search"}, in_mailbox(mailbox, {"all"})))) {
    out.push_back(number(std::string_view(line).substr(line.rfind(' ') + 1)));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace outmap::interop
