// How long a mail app's thread waits for what it reads while a first sync writes beside it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/bench_case.hpp"
#include "bench/filled_server.hpp"
#include "bench/sample_mail.hpp"
#include "outmap/background_account.hpp"
#include "outmap/store.hpp"

namespace outmap::bench {
namespace {

constexpr std::size_t page = 200;
constexpr auto between_reads = std::chrono::milliseconds(2);
constexpr double longest_wait = 50;

/// Milliseconds each.
struct waits {
  std::vector<double> lists;    ///< the folders, and 200 messages of INBOX with their flags
  std::vector<double> headers;  ///< one
  std::vector<double> bodies;   ///< one
};

template <class Read>
void measure(std::vector<double>& into, Read read) {
  const auto began = std::chrono::steady_clock::now();
  read();
  into.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
}

template <class T>
void need(const result<T>& r) {
  if (!r) throw std::runtime_error(r.error().message());
}

void read_once(store& mail, waits& all) {
  const mailbox_name inbox("INBOX");
  std::vector<uid> listed;
  measure(all.lists, [&] {
    need(mail.folders());
    need(mail.messages(inbox, [&](const stored_message& m) {
      listed.push_back(m.uid);
      return listed.size() < page;
    }));
  });
  if (listed.empty()) return;
  const auto one = listed[all.lists.size() % listed.size()];
  measure(all.headers, [&] { need(mail.header(inbox, one)); });
  measure(all.bodies, [&] { need(mail.body(inbox, one, [](std::string_view) { return true; })); });
}

account_config config_for(const far_end& from, const test::temp_dir& folder) {
  account_config c;
  c.host = "localhost";
  c.port = from.port;
  c.user = bench_user;
  c.password = secret(bench_password);
  c.ca_file = from.ca_file;
  c.auth.allowed = {mechanism::plain, mechanism::login};
  c.received = received_date::header;
  c.cache = folder / "cache.outmap";
  return c;
}

std::string distribution(std::vector<double> of) {
  if (of.empty()) return "none";
  std::sort(of.begin(), of.end());
  const auto at = [&](double share) { return number(of[static_cast<std::size_t>(share * double(of.size() - 1))], 2); };
  return std::to_string(of.size()) + " reads, ms: median " + at(0.5) + ", 95 % " + at(0.95) + ", 99 % " + at(0.99) +
         ", 99.9 % " + at(0.999) + ", longest " + at(1);
}

}  // namespace

void reading_case(const bench_case& with) {
  const auto count = with.scaled(100'000);
  const filled_server server(
      {"small", {"INBOX"}, count, [](std::size_t, std::size_t n) { return small_message(7, n); }}, with.keep);
  with.out.heading("Reading beside a first sync of " + std::to_string(count) + " messages");
  with.out.remark(server.facts());
  waits all;
  for (int i = 0; i < with.rounds; ++i) {
    const test::temp_dir folder;
    std::atomic<bool> ended{false};
    std::string failure;
    const auto config = config_for(server.end(), folder);
    background_account on(config);
    on.sync({}, [&](const result<sync_report>& got) {
      if (!got) failure = got.error().message();
      if (got && got->failure) failure = got->failure->message();
      ended = true;
    });
    std::optional<store> mail;
    while (!ended) {
      if (!mail) {
        if (auto opened = store::open(config.cache)) mail.emplace(std::move(*opened));
      } else if (mail->folder("INBOX")) {
        read_once(*mail, all);
      }
      std::this_thread::sleep_for(between_reads);
    }
    if (!failure.empty()) throw std::runtime_error(failure);
  }
  with.out.remark("folders and a page of " + std::to_string(page) + " messages: " + distribution(all.lists) +
                  "\none header: " + distribution(all.headers) + "\none body: " + distribution(all.bodies));
  double longest = 0;
  for (const auto* kind : {&all.lists, &all.headers, &all.bodies}) {
    for (const auto ms : *kind) longest = std::max(longest, ms);
  }
  with.out.goal("a read beside a first sync", "<= 50 ms, each", number(longest, 1) + " ms", longest <= longest_wait);
}

}  // namespace outmap::bench
