// What the works that may be interrupted are put together from.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "faults/interruptible_work.hpp"

namespace outmap::test {

/// A whole message, padded to at least so many octets.
std::string mail_text(const std::string& name, std::size_t size = 0);
flag_set flagged(system_flag f);

/// Contents of a mailbox, and what other clients do to it.
void some_mail(exchange::mailbox_store& s);
void large_mail(exchange::mailbox_store& s);
void later_changes(exchange::mailbox_store& s);
void new_validity(exchange::mailbox_store& s);

account_under_test::settings as(const std::string& personality, const std::string& lines = {},
                                const std::string& scheme = "imap+plain");
/// Exchange from 2013 on has no NTLM, and lets nobody log in without TLS.
account_under_test::settings over_tls(const std::string& personality);
/// The one or the other, as that Exchange wants it; "generic" without TLS.
account_under_test::settings usual(const std::string& personality, const std::string& lines = {});
/// Every Exchange that the server can play, and one that behaves as others do.
const std::vector<std::string>& all_personalities();

interruptible_work named(std::string name, account_under_test::settings how);
interruptible_work after_sync(std::string name, account_under_test::settings how,
                              std::function<void(exchange::mailbox_store&)> change);
/// Records changes in the outbox. Files "draft" and "large" are there to be appended.
void record(account_under_test& a, const std::vector<arguments>& changes);

void add_sync_works(std::vector<interruptible_work>& to);
void add_outbox_works(std::vector<interruptible_work>& to);
void add_archive_works(std::vector<interruptible_work>& to);

}  // namespace outmap::test
