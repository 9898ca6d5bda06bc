// What happened, in order: so that two runs can be told apart by one number.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace outmap::simulation {

/// SHA-256 over every event with its time and its octets. With a file, a line an event as well, for people.
class event_trace {
 public:
  event_trace();
  ~event_trace();
  event_trace(const event_trace&) = delete;
  event_trace& operator=(const event_trace&) = delete;

  /// Appended to. Empty: none.
  void write_to(const std::string& file);
  void note(std::chrono::nanoseconds when, std::string_view what, std::string_view octets = {});
  /// Hexadecimal, of all until now.
  [[nodiscard]] std::string digest() const;
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  evp_md_ctx_st* sum_;
  int file_ = -1;
  std::uint64_t events_ = 0;
};

}  // namespace outmap::simulation
