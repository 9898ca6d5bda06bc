#include "sample_mailbox.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "sample_mime.hpp"
#include "sample_random.hpp"
#include "sample_text.hpp"

namespace outmap::exchange {

namespace {

using enum sample_tongue;

/// Flags that fit a folder: what the owner has read and done there.
enum class habit { inbox, archive, drafts, sent, junk };

struct sample_folder {
  std::string_view name;
  std::size_t messages = 0;
  std::vector<sample_tongue> tongues;
  habit flags = habit::archive;
  std::size_t pictures = 0;  ///< messages that carry one of a megabyte and more
};

const std::vector<sample_folder>& folders() {
  static const std::vector<sample_folder> all = {
      {"INBOX", 96, {english, english, german, french, japanese, russian, emoji}, habit::inbox, 2},
      {"Entwürfe", 7, {german, english}, habit::drafts},
      {"Gesendet", 38, {english, german}, habit::sent, 1},
      {"Projekte/2024/Zürich", 44, {german, english, french}, habit::inbox, 2},
      {"Projekte/2024/Brücke & Straße", 21, {german}},
      {"日本語/受信", 32, {japanese}, habit::inbox},
      {"Отчёты", 36, {russian}},
      {"العربية", 18, {arabic, english}},
      {"Ελλάδα/Αθήνα", 12, {greek}},
      {"项目/会议", 14, {chinese}},
      {"हिन्दी", 9, {hindi}},
      {"Familie/😀 Fotos", 11, {emoji, german}, habit::inbox, 1},
      {"Archive/2019", 214, {english, german, french, english}},
      {"Archive/R&D", 27, {english, chinese}},
      {"Archive/Say \"Hi\"", 4, {english}},
      {"Archive/100% #done*", 5, {english}},
      {"Junk", 13, {english, emoji}, habit::junk},
  };
  return all;
}

/// A picture that any viewer shows: Windows bitmap, 24 bits, a gradient with a little noise.
std::string bitmap(sample_random& random, std::uint32_t width, std::uint32_t height) {
  const std::uint32_t row = (width * 3 + 3) / 4 * 4;
  std::string out = "BM";
  const auto put = [&](std::uint64_t value, int octets) {
    for (int i = 0; i < octets; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  };
  put(54 + std::uint64_t{row} * height, 4);
  put(0, 4);
  put(54, 4);
  put(40, 4);
  put(width, 4);
  put(height, 4);
  put(1, 2);
  put(24, 2);
  for (int i = 0; i < 6; ++i) put(0, 4);
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      put(x * 255 / width, 1);
      put(y * 255 / height, 1);
      put(random.below(64), 1);
    }
    put(0, static_cast<int>(row - width * 3));
  }
  return out;
}

std::string table(sample_random& random) {
  std::string out = "day,sensor,value\r\n";
  const std::size_t rows = random.between(60, 2400);
  for (std::size_t i = 0; i < rows; ++i) {
    out += std::to_string(i / 24 + 1) + ",T" + std::to_string(random.below(8)) + "," +
           std::to_string(random.below(40)) + "." + std::to_string(random.below(10)) + "\r\n";
  }
  return out;
}

class mailbox_maker {
 public:
  mailbox_maker(mailbox_store& into, std::uint32_t seed) : into_(into), seed_(seed), random_(seed) {}

  std::size_t fill(const sample_folder& folder);

 private:
  struct conversation {
    const sample_language* tongue = nullptr;
    std::string subject;
    std::vector<std::string> ids;
    std::string last_text;
    std::vector<sample_person> people;
  };

  sample_person person(const sample_language& tongue);
  std::string paragraph(const sample_language& tongue);
  conversation begin(const sample_folder& folder);
  sample_message write(conversation& in, internal_date when);
  void attach(sample_message& to, bool picture);
  flag_set flags(habit of, bool recent_years);

  mailbox_store& into_;
  std::uint32_t seed_;
  sample_random random_;
  std::size_t count_ = 0;
};

sample_person mailbox_maker::person(const sample_language& tongue) {
  const std::string_view name = random_.pick(tongue.names);
  char local[24];
  std::uint32_t hash = 2166136261;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  std::snprintf(local, sizeof local, "user%03u@example.org", hash % 1000);
  return {std::string(name), local};
}

std::string mailbox_maker::paragraph(const sample_language& tongue) {
  std::string text;
  const std::size_t sentences = random_.between(2, 7);
  for (std::size_t i = 0; i < sentences; ++i) {
    if (i > 0) text += i % 3 == 0 ? std::string_view("\n") : tongue.space;
    text += random_.pick(tongue.sentences);
  }
  return text + "\n";
}

mailbox_maker::conversation mailbox_maker::begin(const sample_folder& folder) {
  conversation fresh;
  fresh.tongue = &language(random_.pick(folder.tongues));
  fresh.subject = random_.pick(fresh.tongue->subjects);
  const std::size_t people = random_.between(2, 4);
  for (std::size_t i = 0; i < people; ++i) fresh.people.push_back(person(*fresh.tongue));
  return fresh;
}

sample_message mailbox_maker::write(conversation& in, internal_date when) {
  const sample_language& tongue = *in.tongue;
  sample_message m;
  m.from = random_.pick(in.people);
  m.to = {{"Demo User", "demo@example.org"}};
  if (random_.one_in(3)) m.to.push_back(random_.pick(in.people));
  m.subject = (in.ids.empty() ? std::string() : std::string(tongue.reply)) + in.subject;
  m.date = when;
  m.id = std::to_string(seed_) + "." + std::to_string(++count_) + "." + std::to_string(random_.next() % 1'000'000'000) +
         "@example.org";
  m.boundary = "=_part_" + std::to_string(count_) + "_" + std::to_string(random_.next() % 1'000'000'000);
  m.references = in.ids;
  const std::size_t paragraphs = random_.between(1, 6);
  std::string own;
  for (std::size_t i = 0; i < paragraphs; ++i) own += (i > 0 ? "\n" : "") + paragraph(tongue);
  m.text = std::string(tongue.hello) + "\n\n" + own;
  if (!in.last_text.empty()) {
    m.text += "\n> " + in.last_text;
    for (std::size_t at = m.text.size() - in.last_text.size(); (at = m.text.find('\n', at)) != std::string::npos;) {
      if (++at < m.text.size()) m.text.insert(at, "> ");
    }
  }
  m.text += "\n" + std::string(tongue.bye) + "\n" + m.from.name + "\n";
  in.last_text = own;
  in.ids.push_back(m.id);

  const bool ascii = std::ranges::all_of(m.text, [](char c) { return static_cast<unsigned char>(c) < 128; });
  const bool latin = tongue.space == " " && !ascii;
  m.text_encoding = ascii && random_.one_in(2)               ? sample_encoding::seven_bit
                    : ascii || (latin && !random_.one_in(4)) ? sample_encoding::quoted_printable
                                                             : sample_encoding::base64;
  m.html = random_.one_in(2);
  return m;
}

void mailbox_maker::attach(sample_message& to, bool picture) {
  const std::string number = std::to_string(count_);
  if (picture) {
    const auto width = static_cast<std::uint32_t>(random_.between(700, 820));
    to.attachments.push_back({"Übersicht " + number + ".bmp", "image/bmp", bitmap(random_, width, 520)});
  } else if (random_.one_in(9)) {
    to.attachments.push_back({"measurements-" + number + ".csv", "text/csv", table(random_)});
  } else if (random_.one_in(40)) {
    const auto width = static_cast<std::uint32_t>(random_.between(90, 240));
    to.attachments.push_back({"写真" + number + ".bmp", "image/bmp", bitmap(random_, width, width * 3 / 4)});
  }
}

flag_set mailbox_maker::flags(habit of, bool recent_years) {
  flag_set f;
  if (of == habit::drafts) f.set(system_flag::draft);
  if (of == habit::junk && random_.one_in(3)) f.set(system_flag::deleted);
  const bool read = of == habit::sent || of == habit::drafts || (of == habit::archive && !random_.one_in(20)) ||
                    (of == habit::inbox && (!recent_years || random_.one_in(2)));
  if (read) f.set(system_flag::seen);
  if (read && of != habit::drafts && random_.one_in(4)) f.set(system_flag::answered);
  if (random_.one_in(11)) f.set(system_flag::flagged);
  if (of == habit::inbox && random_.one_in(60)) f.set(system_flag::deleted);
  if (read && random_.one_in(15)) f.add_keyword("$MDNSent");
  return f;
}

std::size_t mailbox_maker::fill(const sample_folder& folder) {
  constexpr std::int64_t year = 31'556'952;
  constexpr std::int64_t start = 1'325'404'800;  // 2012-01-01
  constexpr std::array<std::int16_t, 6> zones = {0, 60, 120, 540, -300, 330};
  std::vector<conversation> open;
  const std::int64_t span = 12 * year / static_cast<std::int64_t>(folder.messages);
  for (std::size_t i = 0; i < folder.messages; ++i) {
    if (open.empty() || random_.one_in(3) || open.size() > 6) {
      if (open.size() > 6) open.erase(open.begin());
      open.push_back(begin(folder));
    }
    conversation& in = open[random_.below(open.size())];
    if (in.ids.size() > 7) in = begin(folder);
    internal_date when;
    when.unix_seconds = start + static_cast<std::int64_t>(i) * span + static_cast<std::int64_t>(random_.below(86'400));
    when.zone_minutes = random_.pick(zones);
    sample_message written = write(in, when);
    const std::size_t step = folder.pictures == 0 ? 0 : folder.messages / folder.pictures;
    attach(written, step != 0 && i % step == step / 2);
    message m;
    m.octets = std::make_shared<const std::string>(to_octets(written));
    m.flags = flags(folder.flags, i * 4 > folder.messages * 3);
    m.date = {when.unix_seconds + 7, when.zone_minutes};
    into_.add(folder.name, std::move(m));
  }
  return folder.messages;
}

}  // namespace

loaded make_sample_mailbox(mailbox_store& into, std::uint32_t seed) {
  loaded count;
  mailbox_maker maker(into, seed);
  into.create_noselect("Projekte");
  into.create("Leer");
  for (const sample_folder& folder : folders()) {
    into.create(folder.name);
    count.messages += maker.fill(folder);
  }
  into.set_marked("INBOX", true);
  for (const folder_info& f : into.folders()) {
    ++count.folders;
    if (f.name != "Junk") into.subscribe(f.name);
  }
  into.subscribe("Archive/Gone since 2018");
  return count;
}

}  // namespace outmap::exchange
