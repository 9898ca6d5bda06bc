// Writes down what a conversation tells its driver, as text that can be compared.
#pragma once

#include <string>
#include <vector>

#include "profile/conversation.hpp"

namespace outmap::test {

class recorded_events final : public profile::conversation_events {
 public:
  std::vector<std::string> lines;
  std::string body;
  std::function<void(profile::command_id, const wire::status_response&)> completed;
  std::function<void(std::string_view)> continued;

  void on_greeting(const wire::status_response& g) override { lines.push_back("greeting " + g.text); }
  void on_data(profile::command_id owner, wire::response& data) override {
    static constexpr const char* kinds[] = {"status", "continuation", "capability", "list",   "mailbox-status",
                                            "exists", "expunge",      "fetch",      "ignored"};
    lines.push_back(std::string(kinds[data.index()]) + " for " + number(owner));
  }
  void on_body_begin(profile::command_id owner, wire::body_section, std::uint64_t size) override {
    lines.push_back("body of " + std::to_string(size) + " for " + number(owner));
    body.clear();
  }
  void on_body_data(std::span<const char> octets) override { body.append(octets.data(), octets.size()); }
  void on_body_end() override { lines.push_back("body: " + body); }
  void on_continuation(profile::command_id owner, std::string_view text) override {
    lines.push_back("continue " + number(owner) + " " + std::string(text));
    if (continued) continued(text);
  }
  void on_complete(profile::command_id which, const wire::status_response& s) override {
    static constexpr const char* conditions[] = {"OK", "NO", "BAD", "PREAUTH", "BYE"};
    lines.push_back("complete " + number(which) + " " + conditions[static_cast<int>(s.condition)]);
    if (completed) completed(which, s);
  }
  void on_dropped(const error&) override { lines.push_back("dropped"); }

 private:
  static std::string number(profile::command_id id) { return std::to_string(static_cast<std::uint64_t>(id)); }
};

inline profile::random_source counting_random() {
  return [n = 0u](std::span<unsigned char> out) mutable {
    for (auto& octet : out) octet = static_cast<unsigned char>(n++ * 7 % 252);
  };
}

}  // namespace outmap::test
