#include "double/outbox_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "cache/reader.hpp"
#include "support/trace_on_trial.hpp"

namespace outmap::test {
namespace {

template <class T>
T need(result<T> got) {
  REQUIRE_MESSAGE(got, got.error().message());
  return std::move(*got);
}

}  // namespace

std::unique_ptr<cache::outbox> outbox_client::box() const {
  return need(cache::outbox::open(config.cache, config.user + '@' + config.host));
}

change_id outbox_client::record(queued_change what) const { return need(box()->record(what)).front(); }

change_id outbox_client::append(const std::string& mailbox, const std::string& message, std::uint8_t flags) const {
  queued_change what;
  what.kind = change_kind::append;
  what.mailbox = mailbox_name(mailbox);
  what.appended_flags = flags;
  what.date = internal_date{1700000000, 0};
  return need(box()->record_append(what, message));
}

std::vector<queued_change> outbox_client::queue() const { return need(box()->list()); }

uid_validity outbox_client::validity(const std::string& mailbox) const {
  auto from = need(cache::reader::open(config.cache));
  return need(from->start_of(mailbox_name(mailbox))).uid_validity;
}

result<outbox_report> outbox_client::send() {
  trace_on_trial audited(config.auth);
  account with(config, &watch, &audited);
  return with.send_outbox();
}

result<sync_report> outbox_client::sync(sync_depth depth) {
  trace_on_trial audited(config.auth);
  account with(config, &watch, &audited);
  sync_options how;
  how.depth = depth;
  return with.sync(how);
}

queued_change outbox_client::about(change_kind kind, const std::string& mailbox, const std::vector<std::uint32_t>& uids,
                                   const std::string& destination) const {
  queued_change out;
  out.kind = kind;
  out.mailbox = mailbox_name(mailbox);
  out.destination = mailbox_name(destination);
  for (const auto u : uids) out.uids.add(uid{u});
  if (!uids.empty()) out.validity = validity(mailbox);
  return out;
}

queued_change outbox_client::store(const std::string& mailbox, const std::vector<std::uint32_t>& uids, std::uint8_t add,
                                   std::uint8_t remove) const {
  auto out = about(change_kind::store, mailbox, uids);
  out.flags = {add, remove};
  return out;
}

exchange::mailbox_store& outbox_fixture::begin() {
  auto& store = linked_fixture::begin();
  a.config = config;
  return store;
}

outbox_client outbox_fixture::another(const std::string& name) const {
  outbox_client out;
  out.config = config;
  out.config.cache = dir / name;
  return out;
}

std::vector<std::string> outbox_fixture::texts(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& m : server->store().messages(folder)) out.push_back(*m.octets);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace outmap::test
