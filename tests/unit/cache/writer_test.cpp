// The writer's thread: order, groups, bounds, failures.
#include "cache/writer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support.hpp"

using namespace cache_test;

namespace {

/// Holds a thread until it is opened.
class gate {
 public:
  void open() {
    // Under the lock: who waits may destroy the gate as soon as it has it.
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

struct fixture {
  temporary_folder folder;
  std::filesystem::path file = folder.file("cache.db");
  cache::folder_id inbox = 0;

  std::unique_ptr<cache::writer> start(cache::writer::options how = {}) {
    auto s = open_store(file);
    inbox = make_folder(*s);
    return std::make_unique<cache::writer>(std::move(s), how);
  }
  cache::writer::task put(std::uint32_t u) const {
    return
        [box = inbox, u](cache::store& s) { return s.put_body(box, uid{u}, flag_set(), "body " + std::to_string(u)); };
  }
  [[nodiscard]] std::size_t stored() const { return need(open_reader(file)->message_states(inbox)).size(); }
  /// As stored(), for the writer's thread: no assertions.
  [[nodiscard]] std::size_t stored_now() const {
    const auto r = cache::reader::open(file);
    if (!r) return SIZE_MAX;
    const auto states = (*r)->message_states(inbox);
    return states ? states->size() : SIZE_MAX;
  }
};

cache::writer::task hold(gate& started, gate& until) {
  return [&](cache::store&) -> result<void> {
    started.open();
    until.wait();
    return {};
  };
}

cache::writer::task failing(errc code) {
  return [code](cache::store&) -> result<void> { return outmap::fail(code, "made up"); };
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "tasks run in order and are committed by flush_and_wait") {
  const auto w = start();
  std::vector<std::uint32_t> order;
  for (std::uint32_t u = 1; u <= 100; ++u) {
    CHECK(w->post(10, [&, u](cache::store& s) {
      order.push_back(u);
      return put(u)(s);
    }));
  }
  need(w->flush_and_wait());
  CHECK(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(stored() == 100);
}

TEST_CASE_FIXTURE(fixture, "a group ends with its number of tasks, its octets, a flush or a dry queue") {
  gate started;
  gate until;
  std::vector<std::size_t> seen;
  const auto look = [&](cache::store&) -> result<void> {
    seen.push_back(stored_now());
    return {};
  };
  SUBCASE("tasks") {
    const auto w = start({.group_tasks = 3});
    w->post(0, hold(started, until));
    started.wait();
    for (std::uint32_t u = 1; u <= 2; ++u) w->post(0, put(u));  // with the held one: three
    w->post(0, look);
    w->post(0, put(3));
    w->post(0, look);
    w->post(0, look);
    until.open();
    need(w->flush_and_wait());
    CHECK(seen == std::vector<std::size_t>{2, 2, 3});
  }
  SUBCASE("octets") {
    const auto w = start({.group_octets = 1000});
    w->post(0, hold(started, until));
    started.wait();
    w->post(600, put(1));
    w->post(0, look);
    w->post(400, put(2));
    w->post(0, look);
    until.open();
    need(w->flush_and_wait());
    CHECK(seen == std::vector<std::size_t>{0, 2});
  }
  SUBCASE("flush") {
    const auto w = start();
    std::size_t at_flush = 0;
    w->post(0, hold(started, until));
    started.wait();
    w->post(0, put(1));
    w->post(0, look);
    w->flush([&](const result<void>& r) { at_flush = r ? stored_now() : 99; });
    w->post(0, put(2));
    until.open();
    need(w->flush_and_wait());
    CHECK(seen == std::vector<std::size_t>{0});
    CHECK(at_flush == 1);
  }
  SUBCASE("dry, and the first") {
    const auto w = start();
    w->post(0, put(1));
    // Nobody asks for a flush: the commit follows on its own.
    for (int turns = 0; turns < 100'000 && stored() == 0; ++turns) std::this_thread::yield();
    CHECK(stored() == 1);
  }
  SUBCASE("dry, and the last commit was a while ago") {
    const auto w = start({.commit_interval = std::chrono::milliseconds(1)});
    for (std::uint32_t u = 1; u <= 3; ++u) {
      w->post(0, put(u));
      for (int turns = 0; turns < 100'000 && stored() < u; ++turns) std::this_thread::yield();
      CHECK(stored() == u);
    }
  }
  SUBCASE("dry, and much to commit") {
    const auto w = start({.commit_interval = std::chrono::hours(1)});
    w->post(0, put(1));
    need(w->flush_and_wait());
    for (std::uint32_t u = 2; u <= 100; ++u) w->post(0, put(u));
    for (int turns = 0; turns < 100'000 && stored() < 65; ++turns) std::this_thread::yield();
    CHECK(stored() >= 65);
  }
  SUBCASE("dry, but not so soon after the last commit") {
    const auto w = start({.commit_interval = std::chrono::hours(1)});
    w->post(0, put(1));
    need(w->flush_and_wait());
    for (std::uint32_t u = 2; u <= 5; ++u) {
      gate ran;
      w->post(0, [&, u](cache::store& s) {
        auto r = put(u)(s);
        ran.open();
        return r;
      });
      ran.wait();
      // Called in its turn by a writer that has nothing else to do.
      gate idle;
      w->on_room([&] { idle.open(); });
      idle.wait();
      CHECK(stored() == 1);
    }
    need(w->flush_and_wait());
    CHECK(stored() == 5);
  }
}

TEST_CASE_FIXTURE(fixture, "a log that is made before there is anything to commit changes nothing and stays") {
  const auto w = start();
  need(w->flush_and_wait());
  std::promise<bool> emptied;
  w->flush_durably([&](const result<void>& r) { emptied.set_value(r.has_value()); });
  CHECK(emptied.get_future().get());
  const auto log = file.native() + "-wal";
  CHECK(std::filesystem::file_size(log) == 0);
  const auto before = need(open_reader(file)->folders());

  w->make_log();
  need(w->flush_and_wait());
  CHECK(std::filesystem::file_size(log) > 0);
  const auto after = need(open_reader(file)->folders());
  CHECK(after.size() == before.size());
  CHECK(stored() == 0);
  w->post(0, put(1));
  need(w->flush_and_wait());
  CHECK(stored() == 1);
}

TEST_CASE_FIXTURE(fixture, "flush_durably moves everything into the main file") {
  const auto w = start();
  w->post(0, put(1));
  std::promise<bool> done;
  w->flush_durably(
      [&](const result<void>& r) { done.set_value(r && std::filesystem::file_size(file.native() + "-wal") == 0); });
  CHECK(done.get_future().get());
  CHECK(read_body(*open_reader(file), inbox, 1) == "body 1");
}

TEST_CASE_FIXTURE(
    fixture, "a task that fails ends the writer: earlier groups stay, its own is undone, later tasks are dropped") {
  const auto w = start();
  w->post(0, put(1));
  need(w->flush_and_wait());

  gate started;
  gate until;
  bool later_ran = false;
  std::vector<std::optional<errc>> flushes;
  w->post(0, hold(started, until));
  started.wait();
  w->post(0, put(2));
  SUBCASE("by its result") { w->post(0, failing(errc::disk_full)); }
  SUBCASE("by the store's result") {
    w->post(0, [](cache::store& s) { return s.put_body(4711, uid{1}, flag_set(), "x"); });
  }
  SUBCASE("by an exception") {
    w->post(0, [](cache::store&) -> result<void> { throw std::runtime_error("made up"); });
  }
  SUBCASE("by an odd exception") {
    w->post(0, [](cache::store&) -> result<void> { throw 7; });
  }
  w->post(50, [&](cache::store&) -> result<void> {
    later_ran = true;
    return {};
  });
  w->flush([&](const result<void>& r) { flushes.push_back(code_of(r)); });
  w->flush_durably([&](const result<void>& r) { flushes.push_back(code_of(r)); });
  until.open();
  const auto last = w->flush_and_wait();
  REQUIRE_FALSE(last);
  CHECK_FALSE(later_ran);
  CHECK(flushes == std::vector<std::optional<errc>>{last.error().code, last.error().code});
  CHECK(w->failed());
  CHECK(w->has_room());
  CHECK(w->post(std::size_t{1} << 40, put(3)));
  CHECK(code_of(w->flush_and_wait()) == last.error().code);
  gate room;
  w->on_room([&] { room.open(); });
  room.wait();
  CHECK(stored() == 1);
}

TEST_CASE_FIXTURE(fixture, "the queue is bounded: a producer is told to wait and woken at half the bound") {
  const auto w = start({.queue_octets = 1000});
  CHECK(w->has_room());
  gate started;
  gate until;
  w->post(100, hold(started, until));
  started.wait();
  CHECK(w->post(400, put(1)));
  CHECK(w->post(400, put(2)));
  CHECK_FALSE(w->post(400, put(3)));  // 1300: taken, but no more
  CHECK_FALSE(w->has_room());
  std::size_t ran_before_wake = 0;
  std::atomic<std::size_t> ran{0};
  w->post(100, [&](cache::store&) -> result<void> {
    ++ran;
    return {};
  });
  gate woken;
  w->on_room([&] {
    ran_before_wake = ran;
    woken.open();
  });
  until.open();
  woken.wait();
  CHECK(w->has_room());
  // 1400 held; half is reached when the held one and the first two are done: before the last, counting task.
  CHECK(ran_before_wake == 0);
  need(w->flush_and_wait());
  CHECK(stored() == 3);
}

TEST_CASE_FIXTURE(fixture, "on_room where there is room, and with a bound of nothing") {
  for (const std::size_t bound : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    const temporary_folder own;
    cache::writer w(open_store(own.file("c")), {.queue_octets = bound});
    for (int i = 0; i < 50; ++i) {
      w.post(10, [](cache::store&) -> result<void> { return {}; });
      gate woken;
      w.on_room([&] { woken.open(); });
      woken.wait();
    }
    CHECK(code_of(w.flush_and_wait()) == std::nullopt);
  }
}

TEST_CASE_FIXTURE(fixture, "a failure wakes who waits for room") {
  const auto w = start({.queue_octets = 100});
  gate started;
  gate until;
  w->post(0, hold(started, until));
  started.wait();
  w->post(0, failing(errc::file_error));
  CHECK_FALSE(w->post(1000, put(1)));
  gate woken;
  w->on_room([&] { woken.open(); });
  until.open();
  woken.wait();
  CHECK(code_of(w->flush_and_wait()) == errc::file_error);
}

TEST_CASE_FIXTURE(fixture, "callbacks may post and flush") {
  const auto w = start();
  std::promise<std::size_t> done;
  w->post(0, put(1));
  w->flush([&](const result<void>&) {
    w->post(0, put(2));
    w->on_room([&] {
      w->post(0, put(3));
      w->flush([&](const result<void>&) { done.set_value(stored_now()); });
    });
  });
  CHECK(done.get_future().get() == 3);
}

TEST_CASE_FIXTURE(fixture, "the destructor finishes what is queued and calls what waits") {
  auto w = start({.queue_octets = 100, .group_tasks = 7});
  gate started;
  gate until;
  std::atomic<int> called{0};
  w->post(0, hold(started, until));
  started.wait();
  for (std::uint32_t u = 1; u <= 50; ++u) w->post(30, put(u));
  w->on_room([&] { ++called; });
  w->flush([&](const result<void>& r) { called += r ? 1 : 100; });
  w->post(0, put(51));
  until.open();
  w.reset();
  CHECK(called == 2);
  CHECK(stored() == 51);
  // The lock is free and the thread is gone.
  CHECK(code_of(cache::store::open(file, account, {})) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "a writer that is given nothing to do") {
  auto w = start();
  w.reset();
  CHECK(stored() == 0);
}

TEST_CASE_FIXTURE(fixture, "many producers, each waiting for room: nothing is lost, nothing hangs") {
  constexpr std::uint32_t each = 400;
  const auto w = start({.queue_octets = 2000, .group_tasks = 50});
  std::vector<std::thread> producers;
  std::atomic<int> failures{0};
  for (std::uint32_t p = 0; p < 4; ++p) {
    producers.emplace_back([&, p] {
      for (std::uint32_t i = 1; i <= each; ++i) {
        if (!w->post(100 + i % 7 * 50, put(p * each + i))) {
          const auto woken = std::make_shared<gate>();
          w->on_room([woken] { woken->open(); });
          woken->wait();
        }
        if (i % 100 == 0 && !w->flush_and_wait()) ++failures;
      }
    });
  }
  for (auto& p : producers) p.join();
  need(w->flush_and_wait());
  CHECK(failures == 0);
  CHECK(stored() == 4 * each);
  CHECK(code_of(open_reader(file)->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "two readers beside a writer see whole states only and never wait") {
  constexpr std::uint32_t pairs = 300;
  const auto w = start({.group_tasks = 10});
  std::atomic<bool> finished{false};
  std::atomic<int> wrong{0};
  std::atomic<int> looks{0};
  const auto look = [&] {
    const auto r = cache::reader::open(file);
    std::size_t before = 0;
    while (r) {
      const bool last_time = finished;
      const auto states = (*r)->message_states(inbox);
      // Messages are stored in pairs by one task: a state with half a pair was never committed.
      if (!states || states->size() % 2 != 0 || states->size() < before) break;
      if (!states->empty()) {
        const auto u = states->back().uid;
        std::string body;
        const auto read = (*r)->body(inbox, u, [&](std::string_view piece) {
          body += piece;
          return true;
        });
        if (!read || body != noise(u.value, 2000)) break;
        const auto counts = (*r)->folder(mailbox_name("INBOX"));
        if (!counts || counts->messages < states->size() || counts->bodies != counts->messages) break;
      }
      before = states->size();
      ++looks;
      if (last_time) {
        if (before != 2 * pairs) break;
        return;
      }
    }
    ++wrong;
  };
  std::thread first(look);
  std::thread second(look);
  for (std::uint32_t i = 0; i < pairs; ++i) {
    w->post(4000, [box = inbox, i](cache::store& s) -> result<void> {
      if (auto r = s.put_body(box, uid{2 * i + 1}, flag_set(), noise(2 * i + 1, 2000)); !r) return r;
      return s.put_body(box, uid{2 * i + 2}, flag_set(), noise(2 * i + 2, 2000));
    });
  }
  const auto flushed = w->flush_and_wait();
  finished = true;
  first.join();
  second.join();
  need(flushed);
  CHECK(wrong == 0);
  CHECK(looks > 0);
}
