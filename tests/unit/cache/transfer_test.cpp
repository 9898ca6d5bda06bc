// Bodies that come in pieces.
#include <algorithm>

#include "cache/database.hpp"
#include "cache/segment_reader.hpp"
#include "support.hpp"

using namespace cache_test;

namespace {

constexpr std::size_t piece = cache::segment_reader::piece;

struct fixture {
  temporary_folder folder;
  std::filesystem::path file = folder.file("cache.db");
  std::unique_ptr<cache::store> store = open_store(file);
  cache::folder_id inbox = make_folder(*store);

  void transfer(std::uint32_t u, std::string_view body, std::size_t step) {
    committed(*store, [&](cache::store& in) {
      const auto t = need(in.begin_body());
      for (std::size_t at = 0; at < body.size(); at += step) need(in.append_body(t, body.substr(at, step)));
      need(in.finish_body(t, inbox, uid{u}, flag_set(1)));
    });
  }
  std::int64_t rows(const char* sql) { return number_in(file, sql); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a body of 5 MiB comes back, however it came in, in pieces of at most 1 MiB") {
  const auto body = "Subject: large\r\n\r\n" + noise(1, 5 * piece + 123);
  std::uint32_t u = 0;
  for (const std::size_t step : {body.size(), piece, piece + 1, piece - 1, std::size_t{65536}, std::size_t{100'000}}) {
    CAPTURE(step);
    const temporary_folder own;
    const auto s = open_store(own.file("c"));
    const auto box = make_folder(*s);
    committed(*s, [&](cache::store& in) {
      const auto t = need(in.begin_body());
      for (std::size_t at = 0; at < body.size(); at += step)
        need(in.append_body(t, std::string_view(body).substr(at, step)));
      need(in.finish_body(t, box, uid{++u}, flag_set()));
    });
    const auto r = open_reader(own.file("c"));
    std::string got;
    std::size_t longest = 0;
    need(r->body(box, uid{u}, [&](std::string_view part) {
      longest = std::max(longest, part.size());
      got += part;
      return true;
    }));
    CHECK((got == body));
    CHECK(longest == piece);
    CHECK(need(r->header(box, uid{u})) == "Subject: large\r\n\r\n");
    CHECK(code_of(r->check_integrity()) == std::nullopt);
  }
}

TEST_CASE_FIXTURE(fixture, "sizes around the bound of what is held") {
  std::uint32_t u = 0;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 1}) {
    CAPTURE(size);
    const auto whole = noise(size + 1, size);
    committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{++u}, flag_set(), whole)); });
    const auto pieces = noise(size + 77, size);
    transfer(++u, pieces, 300'000);
    const auto at_once = noise(size + 99, size);
    transfer(++u, at_once, size + 1);
    const auto r = open_reader(file);
    CHECK((read_body(*r, inbox, u - 2) == whole));
    CHECK((read_body(*r, inbox, u - 1) == pieces));
    CHECK((read_body(*r, inbox, u) == at_once));
  }
  // Nothing came between, so each stands in one piece.
  CHECK(rows("SELECT count(*) FROM body_piece") == 0);
  CHECK(rows("SELECT used FROM segment") == 64 + rows("SELECT sum(size) FROM body"));
}

TEST_CASE_FIXTURE(fixture, "a transfer brings its header if that ends within the first piece") {
  const std::string line(100, 'x');
  std::string header;
  while (header.size() < piece) header += line + "\r\n";
  transfer(1, header + "\r\nbody", 70'000);
  transfer(2, "A: b\r\n\r\n" + header, 70'000);
  const auto r = open_reader(file);
  CHECK(code_of(r->header(inbox, uid{1})) == errc::no_such_message);
  CHECK(need(r->header(inbox, uid{2})) == "A: b\r\n\r\n");
}

TEST_CASE_FIXTURE(fixture, "a transfer and a whole body of the same octets are one body") {
  for (const std::size_t size : {std::size_t{10'000}, 3 * piece}) {
    const auto body = noise(size, size);
    transfer(1 + static_cast<std::uint32_t>(size), body, 70'000);
    committed(*store, [&](cache::store& in) {
      need(in.put_body(inbox, uid{2 + static_cast<std::uint32_t>(size)}, flag_set(), body));
    });
    transfer(3 + static_cast<std::uint32_t>(size), body, 50'000);
  }
  CHECK(rows("SELECT count(*) FROM body") == 2);
  CHECK(rows("SELECT used FROM segment") == 64 + 10'000 + 3 * static_cast<std::int64_t>(piece));
}

TEST_CASE_FIXTURE(fixture, "several transfers at once, over several transactions") {
  const auto a = "A: 1\r\n\r\n" + noise(1, 2'500'000);
  const auto b = "B: 1\r\n\r\n" + noise(2, 3'500'000);
  cache::transfer ta{};
  cache::transfer tb{};
  committed(*store, [&](cache::store& in) {
    ta = need(in.begin_body());
    tb = need(in.begin_body());
  });
  CHECK(ta != tb);
  for (std::size_t at = 0; at < b.size(); at += 400'000) {
    committed(*store, [&](cache::store& in) {
      if (at < a.size()) need(in.append_body(ta, std::string_view(a).substr(at, 400'000)));
      need(in.append_body(tb, std::string_view(b).substr(at, 400'000)));
    });
  }
  const auto r = open_reader(file);
  CHECK(need(r->message_states(inbox)).empty());
  committed(*store, [&](cache::store& in) {
    need(in.finish_body(tb, inbox, uid{2}, flag_set()));
    need(in.finish_body(ta, inbox, uid{1}, flag_set()));
  });
  CHECK((read_body(*r, inbox, 1) == a));
  CHECK((read_body(*r, inbox, 2) == b));
  CHECK(need(r->header(inbox, uid{2})) == "B: 1\r\n\r\n");
  CHECK(rows("SELECT count(DISTINCT body) FROM body_piece") == 2);
  CHECK(rows("SELECT sum(size) FROM body_piece") == static_cast<std::int64_t>(a.size() + b.size()));
  CHECK(code_of(r->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "a transfer that is abandoned or not finished leaves nothing") {
  committed(*store, [&](cache::store& in) {
    const auto small = need(in.begin_body());
    need(in.append_body(small, "abc"));
    need(in.abandon_body(small));
    const auto large = need(in.begin_body());
    need(in.append_body(large, noise(1, 4'000'000)));
    need(in.abandon_body(large));
    const auto open = need(in.begin_body());
    need(in.append_body(open, noise(2, 4'000'000)));
  });
  CHECK(rows("SELECT count(*) FROM segment") == 0);
  store.reset();
  CHECK(std::filesystem::file_size(file.native() + ".mail/000001.seg") > 64);
  store = open_store(file);
  CHECK(rows("SELECT count(*) FROM body") == 0);
  CHECK(names_in(file.native() + ".mail").empty());
  CHECK(code_of(open_reader(file)->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "a transfer that has ended, was rolled back or never was is refused") {
  need(store->begin());
  CHECK(code_of(store->append_body(cache::transfer{77}, "x")) == errc::invalid_argument);

  cache::transfer ended{};
  committed(*store, [&](cache::store& in) {
    ended = need(in.begin_body());
    need(in.finish_body(ended, inbox, uid{1}, flag_set()));
  });
  need(store->begin());
  CHECK(code_of(store->finish_body(ended, inbox, uid{2}, flag_set())) == errc::invalid_argument);

  // Begun and committed, then a piece is rolled back: what is in the file is no longer what was digested.
  cache::transfer torn{};
  committed(*store, [&](cache::store& in) {
    torn = need(in.begin_body());
    need(in.append_body(torn, noise(1, 2'000'000)));
  });
  need(store->begin());
  need(store->append_body(torn, noise(2, 2'000'000)));
  store->rollback();
  need(store->begin());
  CHECK(code_of(store->finish_body(torn, inbox, uid{3}, flag_set())) == errc::invalid_argument);
  need(store->begin());
  CHECK(code_of(store->abandon_body(torn)) == errc::invalid_argument);
  CHECK(need(open_reader(file)->message_states(inbox)).size() == 1);
}
