// Brings the two halves of a rawlog pair into one order.
#pragma once

#include <optional>

#include "profile/audit_connection.hpp"
#include "profile/audit_line_reader.hpp"

namespace outmap::profile {

/// One half with the line that comes next. Looks at the first line to learn whether each begins with a time.
class audit_rawlog_half {
 public:
  audit_rawlog_half(audit_line_reader lines, audit_side side) : lines_(std::move(lines)), side_(side) {}

  /// Reads the next line; false at the end.
  result<bool> advance();
  [[nodiscard]] const std::optional<audit_line>& line() const { return line_; }
  [[nodiscard]] bool timed() const { return timed_; }
  /// Its line ends are LF alone: it was converted on its way here, so they say nothing.
  void assume_line_ends();
  [[nodiscard]] bool bare() const { return line_ && line_->end == line_end::lf; }

 private:
  audit_line_reader lines_;
  audit_side side_;
  std::optional<audit_line> line_;
  std::optional<std::int64_t> time_;
  bool looked_ = false;
  bool timed_ = false;
  bool assumed_ = false;
};

/// By the times of the lines, or without them by the tags: the server has answered before the client goes on.
class audit_rawlog_feed {
 public:
  audit_rawlog_feed(std::optional<audit_line_reader> client, std::optional<audit_line_reader> server);

  /// Reads both first lines; needed before order() and run().
  result<void> open();
  [[nodiscard]] bool order() const;
  result<void> run(audit_connection& to);

 private:
  result<void> give_server(audit_connection& to);
  result<void> give_client(audit_connection& to);
  result<void> give_login(audit_connection& to);
  [[nodiscard]] bool server_is_next(const audit_connection& to) const;

  std::optional<audit_rawlog_half> client_;
  std::optional<audit_rawlog_half> server_;
};

}  // namespace outmap::profile
