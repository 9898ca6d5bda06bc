// What a page of a listing says in few octets; cmake/coverage.sh builds this without the cache.
#include "support.hpp"

using namespace cache_test;

TEST_CASE("the form of a page spells out which messages it has, with which flags") {
  cache::page_former former;
  former.add(uid{64}, flag_set(1));
  former.add(uid{70}, flag_set());
  former.add(uid{95}, flag_set(flag_set::all_bits));
  const auto form = need(former.finish());
  REQUIRE(form.is_spelled_out());
  const auto messages = form.messages(2);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].uid == uid{64});
  CHECK(messages[1].uid == uid{70});
  CHECK(messages[2].uid == uid{95});
  CHECK(messages[0].flags == flag_set(1));
  CHECK(messages[2].flags == flag_set(flag_set::all_bits));
  CHECK(messages[1].has_header);
  CHECK(messages[1].has_body);
  CHECK(cache::page_form::from(form.octets()) == form);
  // Begun anew: the same messages give the same form, others another.
  former.add(uid{64}, flag_set(1));
  former.add(uid{70}, flag_set());
  CHECK(need(former.finish()) != form);
  for (std::uint32_t u = 0xffffffe0u; u != 0; ++u) former.add(uid{u}, flag_set(2));
  const auto full = need(former.finish());
  CHECK(full.octets().size() == cache::page_form::most_octets);
  CHECK(full.messages(cache::page_of(uid{0xffffffffu})).back().uid == uid{0xffffffffu});
}

TEST_CASE("the form of a page says the flags of each message and takes others") {
  cache::page_former former;
  former.add(uid{64}, flag_set(1));
  former.add(uid{70}, flag_set());
  former.add(uid{95}, flag_set(3));
  const auto form = need(former.finish());
  CHECK(form.flags_of(uid{64}) == flag_set(1));
  CHECK(form.flags_of(uid{70}) == flag_set());
  CHECK(form.flags_of(uid{95}) == flag_set(3));
  CHECK(form.flags_of(uid{65}) == std::nullopt);
  CHECK(form.flags_of(uid{94}) == std::nullopt);
  const auto changed = form.with_flags(uid{70}, flag_set(flag_set::all_bits));
  REQUIRE(changed);
  CHECK(changed->flags_of(uid{70}) == flag_set(flag_set::all_bits));
  CHECK(changed->flags_of(uid{64}) == flag_set(1));
  CHECK(changed->flags_of(uid{95}) == flag_set(3));
  CHECK(changed->with_flags(uid{70}, flag_set()) == form);
  CHECK_FALSE(form.with_flags(uid{65}, flag_set(1)));
  CHECK_FALSE(form.without(uid{65}));
  for (const std::uint32_t gone : {64u, 70u, 95u}) {
    CAPTURE(gone);
    for (const auto& m : form.messages(2)) {
      if (m.uid != uid{gone}) former.add(m.uid, m.flags);
    }
    const auto rest = form.without(uid{gone});
    CHECK(rest == need(former.finish()));
    CHECK(cache::page_form::from(rest->octets()) == rest);
  }
  CHECK_FALSE(form.without(uid{64})->without(uid{95})->without(uid{70}));
  flag_set keyword;
  keyword.set_keywords("Junk");
  CHECK_FALSE(form.with_flags(uid{70}, keyword));
  former.add(uid{70}, keyword);
  const auto digest = need(former.finish());
  CHECK_FALSE(digest.flags_of(uid{70}));
  CHECK_FALSE(digest.with_flags(uid{70}, flag_set()));
}

TEST_CASE("OIMAP-V0011 keywords make a digest of a page's form, of whatever length they are") {
  const auto form_with = [](const std::string& first, const std::string& second) {
    cache::page_former former;
    flag_set one(1), other;
    one.set_keywords(first);
    other.set_keywords(second);
    former.add(uid{1}, one);
    former.add(uid{2}, other);
    return need(former.finish());
  };
  const auto form = form_with(std::string(100'000, 'k'), "");
  CHECK_FALSE(form.is_spelled_out());
  CHECK(form.messages(0).empty());
  CHECK(form.octets().size() == 33);
  CHECK(cache::page_form::from(form.octets()) == form);
  CHECK(form_with("a b", "") != form_with("a", "b"));
  CHECK(form_with("a", "") != form_with("", "a"));
  CHECK(form_with("a", "") == form_with("a", ""));
  CHECK(form_with("a", "") != form_with("", ""));
}

TEST_CASE("what is no form of a page is not taken for one") {
  const auto no_form = [](std::string_view stored) { return !cache::page_form::from(stored); };
  CHECK(no_form(""));
  CHECK(no_form("s"));
  CHECK(no_form(std::string_view("s\0\0\0\0", 5)));      // of no message
  CHECK(no_form(std::string_view("s\1\0\0\0", 5)));      // a message without flags
  CHECK(no_form(std::string_view("s\1\0\0\0\0\0", 7)));  // flags without a message
  CHECK(no_form(std::string_view("s\1\0\0\0\x20", 6)));  // flags that there are not
  CHECK_FALSE(no_form(std::string_view("s\1\0\0\0\x1f", 6)));
  CHECK(no_form(std::string(32, 'd')));  // a digest alone, as older programs left it
  CHECK_FALSE(no_form(std::string(33, 'd')));
  CHECK(no_form(std::string(34, 'd')));
  CHECK(no_form(std::string(33, 'x')));
  CHECK(no_form(std::string(100'000, 's')));
}
