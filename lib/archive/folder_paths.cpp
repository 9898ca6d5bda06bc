#include "archive/folder_paths.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "archive/local_name.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::archive {
namespace {

// The level at the front of `rest`, which then starts behind the delimiter. `levels_left` counts this one.
std::string_view take_level(std::string_view& rest, std::optional<char> delimiter, std::size_t levels_left) {
  const auto end = delimiter && levels_left > 1 ? rest.find(*delimiter) : std::string_view::npos;
  const auto level = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return level;
}

// INBOX is spelled in any case, also where it is the parent of others.
std::string with_plain_inbox(const cache::listed_folder& folder) {
  const auto& wire = folder.mailbox.wire();
  const auto end = folder.delimiter ? std::min(wire.find(*folder.delimiter), wire.size()) : wire.size();
  return mailbox_name(wire.substr(0, end)).wire() + wire.substr(end);
}

class tree {
 public:
  local_path place(const cache::listed_folder& folder) {
    const auto wire = with_plain_inbox(folder);
    // INBOX/x and Inbox/x are two mailboxes if a server says so.
    const bool first_of_name = mailboxes_.insert(wire).second;
    const auto leaf_identity = first_of_name ? wire : std::string("\0", 1) + folder.mailbox.wire();
    local_path path;
    std::string parent;
    std::string_view rest = wire;
    for (bool more = true; more;) {
      const std::size_t before = rest.size();
      const auto level = take_level(rest, folder.delimiter, deepest_path - path.size());
      more = level.size() < before;
      const auto identity = more ? wire.substr(0, wire.size() - rest.size() - 1) : leaf_identity;
      path.push_back(name(parent, identity, level));
      parent += path.back();
      parent += '/';
    }
    return path;
  }

 private:
  // `parent` is the path so far; no name holds a slash.
  const std::string& name(const std::string& parent, const std::string& identity, std::string_view level) {
    auto& known = names_[{parent, identity}];
    if (!known.empty()) return known;
    known = local_name(wire::display_name(level));
    // Grows with each turn, so it ends.
    while (!taken_.insert(parent + case_key(known)).second) known += digest_suffix(identity);
    return known;
  }

  std::set<std::string> mailboxes_;
  std::set<std::string> taken_;
  std::map<std::pair<std::string, std::string>, std::string> names_;
};

}  // namespace

std::vector<local_path> folder_paths(const std::vector<cache::folder_record>& folders) {
  std::vector<std::size_t> by_age(folders.size());
  std::iota(by_age.begin(), by_age.end(), std::size_t{0});
  std::sort(by_age.begin(), by_age.end(), [&](auto a, auto b) { return folders[a].id < folders[b].id; });
  std::vector<local_path> paths(folders.size());
  tree all;
  for (const auto i : by_age) paths[i] = all.place(folders[i].listed);
  return paths;
}

local_path maildirpp_path(const local_path& levels) {
  if (levels.size() == 1 && levels.front() == "INBOX") return {};
  std::string out;
  for (const auto& level : levels) {
    out += '.';
    for (const char c : level) out += c == '.' ? "%2E" : c == '%' ? "%25" : std::string(1, c);
  }
  return {out};
}

local_path levels_of_maildirpp(std::string_view component) {
  local_path out;
  local_path as_written;
  for (std::size_t at = 1; at <= component.size();) {
    const auto end = std::min(component.find('.', at), component.size());
    auto level = as_written.emplace_back(component.substr(at, end - at));
    for (const auto& [escaped, plain] : {std::pair("%2E", '.'), std::pair("%25", '%')}) {
      for (auto found = level.find(escaped); found != std::string::npos; found = level.find(escaped, found + 1)) {
        level.replace(found, 3, 1, plain);
      }
    }
    out.push_back(std::move(level));
    at = end + 1;
  }
  const auto ours = maildirpp_path(out);
  return ours.size() == 1 && ours.front() == component ? out : as_written;
}

}  // namespace outmap::archive
