#include "double/spoken_bodies.hpp"

#include <algorithm>
#include <sstream>

namespace outmap::test {
namespace {

std::string set_of(const exchange::command_seen& command) {
  const auto at = command.line.find("UID FETCH ") + 10;
  return command.line.substr(at, command.line.find(' ', at) - at);
}

}  // namespace

bool asks_for_bodies(const exchange::command_seen& command) {
  return command.name == "UID FETCH" && command.line.find("BODY.PEEK[])") != std::string::npos;
}

std::vector<std::uint32_t> asked_uids(const exchange::command_seen& command, const exchange::mailbox_store& in) {
  std::vector<std::uint32_t> out;
  const auto all = in.messages(command.mailbox);
  std::istringstream set(set_of(command));
  for (std::string part; std::getline(set, part, ',');) {
    const auto colon = part.find(':');
    const auto first = std::stoul(part);
    const auto last = colon == std::string::npos ? first : std::stoul(part.substr(colon + 1));
    for (const auto& m : all) {
      if (m.uid >= first && m.uid <= last) out.push_back(m.uid);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string spoken_bodies(const exchange::command_seen& command, const exchange::mailbox_store& in,
                          const std::function<std::string(const exchange::message&)>& render) {
  const auto asked = asked_uids(command, in);
  std::string out;
  std::uint32_t number = 0;
  for (const auto& m : in.messages(command.mailbox)) {
    ++number;
    if (!std::binary_search(asked.begin(), asked.end(), m.uid)) continue;
    const auto text = render ? render(m) : *m.octets;
    out += "* " + std::to_string(number) + " FETCH (UID " + std::to_string(m.uid) + " FLAGS (" + m.flags.to_string() +
           ") BODY[] {" + std::to_string(text.size()) + "}\r\n" + text + ")\r\n";
  }
  return out;
}

}  // namespace outmap::test
