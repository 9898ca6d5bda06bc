// What the server said, as far as a client is judged by it.
#pragma once

#include <functional>

#include "profile/audit_line.hpp"
#include "wire/framer.hpp"
#include "wire/response.hpp"

namespace outmap::profile {

class audit_server_reader {
 public:
  using sink = std::function<void(wire::response&)>;

  /// `octets_are_whole`: every octet the server sent is there, so that literals can be told by their size. Otherwise
  /// each line is taken for a response of its own, since bodies may have been left out.
  explicit audit_server_reader(bool octets_are_whole) : whole_(octets_are_whole) {}

  /// What is no response is passed over.
  void add(const audit_line& line, const sink& to);

 private:
  void feed(std::string_view octets, const sink& to);

  bool whole_;
  bool in_piece_ = false;
  wire::framer framer_;
};

}  // namespace outmap::profile
