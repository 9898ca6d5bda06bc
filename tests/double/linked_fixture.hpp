// A server and a client without TLS, so that each octet between them can be counted and cut at.
#pragma once

#include <memory>

#include "double/double_fixture.hpp"
#include "support/cutting_proxy.hpp"

namespace outmap::test {

struct linked_fixture : double_fixture {
  std::unique_ptr<cutting_proxy> link;

  linked_fixture();
  /// Starts the server behind the link.
  exchange::mailbox_store& begin();
  /// Until the server has ended every connection, and so everything that it was asked to do.
  void settle_server() const;
};

}  // namespace outmap::test
