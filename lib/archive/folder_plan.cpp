#include "archive/folder_plan.hpp"

#include <map>
#include <set>

namespace outmap::archive {
namespace {

// The files of one content: by their flag letters, and the copy numbers they use.
struct content {
  std::map<std::string, std::vector<std::size_t>> by_letters;
  std::set<std::uint32_t> copies;
  std::uint32_t next_copy = 0;

  std::optional<std::size_t> take(const std::string& letters) {
    const auto found = by_letters.find(letters);
    if (found == by_letters.end()) return std::nullopt;
    return take(found);
  }
  std::optional<std::size_t> take_any() {
    if (by_letters.empty()) return std::nullopt;
    return take(by_letters.begin());
  }
  std::uint32_t new_copy() {
    while (!copies.insert(next_copy).second) ++next_copy;
    return next_copy;
  }

 private:
  std::size_t take(std::map<std::string, std::vector<std::size_t>>::iterator from) {
    const auto file = from->second.back();
    from->second.pop_back();
    if (from->second.empty()) by_letters.erase(from);
    return file;
  }
};

// An eml file carries no flags, so all of them are alike.
std::string letters_of(export_format format, const flag_set& flags) {
  return format == export_format::maildir ? info_letters(flags) : std::string();
}

std::string letters_of(const message_name& name) {
  std::string out;
  for (const char letter : {'D', 'F', 'R', 'S', 'T'}) {
    if (name.info.find(letter) != std::string::npos) out += letter;
  }
  return out;
}

std::map<content_key, content> by_content(export_format format, const std::vector<held_file>& files) {
  std::map<content_key, content> out;
  for (std::size_t i = files.size(); i-- > 0;) {
    const auto name = parse_name(format, files[i].name);
    if (!name) continue;
    auto& held = out[name->key];
    held.copies.insert(name->copy);
    if (files[i].is_message) held.by_letters[letters_of(*name)].push_back(i);
  }
  return out;
}

}  // namespace

std::vector<planned_message> plan_folder(export_format format, const std::vector<wanted_message>& messages,
                                         const std::vector<held_file>& files) {
  using action = planned_message::action;
  auto held = by_content(format, files);
  std::vector<planned_message> plan(messages.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (const auto file = held[key_of(messages[i].digest)].take(letters_of(format, messages[i].flags))) {
      plan[i] = {action::keep, *file, 0};
    } else {
      open.push_back(i);
    }
  }
  for (const auto i : open) {
    auto& same = held[key_of(messages[i].digest)];
    if (const auto file = same.take_any()) {
      plan[i] = {action::rename, *file, 0};
    } else {
      plan[i] = {action::write, 0, same.new_copy()};
    }
  }
  return plan;
}

}  // namespace outmap::archive
