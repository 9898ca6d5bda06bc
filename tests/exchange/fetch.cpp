#include <algorithm>
#include <array>
#include <string_view>

#include "body_structure.hpp"
#include "imap_session.hpp"
#include "mime_part.hpp"
#include "regenerated_mime.hpp"
#include "seven_bit.hpp"
#include "wire/date_time.hpp"

namespace outmap::exchange {

namespace {

/// An item that carries text of the message. BODY and BODY.PEEK with a section are handled apart from these.
struct text_item {
  std::string_view name;
  std::string_view answered;  ///< name in the response
  std::string_view section;
  bool sets_seen = false;
};

constexpr std::array<text_item, 6> text_items = {{
    {"RFC822", "RFC822", "", true},
    {"RFC822.PEEK", "RFC822", "", false},
    {"RFC822.HEADER", "RFC822.HEADER", "HEADER", false},
    {"RFC822.HEADER.PEEK", "RFC822.HEADER", "HEADER", false},
    {"RFC822.TEXT", "RFC822.TEXT", "TEXT", true},
    {"RFC822.TEXT.PEEK", "RFC822.TEXT", "TEXT", false},
}};

constexpr std::array<std::string_view, 7> other_items = {"UID",      "FLAGS", "INTERNALDATE", "RFC822.SIZE",
                                                         "ENVELOPE", "BODY",  "BODYSTRUCTURE"};

/// What a text item asks for: its section, its name in the response, and whether it marks the message as read.
struct wanted_text {
  std::string section;
  std::string answered;
  bool sets_seen = false;
};

std::string answered_name(const fetch_item& item) {
  std::string name = "BODY[" + *item.section;
  if (!item.fields.empty()) {
    name += " (";
    for (const std::string& field : item.fields) name += (name.ends_with('(') ? "" : " ") + field;
    name += ')';
  }
  return name + "]";
}

std::optional<wanted_text> text_wanted(const fetch_item& item) {
  if (item.section) {
    if (item.name != "BODY" && item.name != "BODY.PEEK") return std::nullopt;
    // Whether it is a section at all does not depend on the message.
    if (!section_text("\r\n", *item.section, item.fields)) return std::nullopt;
    return wanted_text{*item.section, answered_name(item), item.name == "BODY"};
  }
  const auto known = std::ranges::find(text_items, item.name, &text_item::name);
  if (known == text_items.end()) return std::nullopt;
  return wanted_text{std::string(known->section), std::string(known->answered), known->sets_seen};
}

bool is_header_only(std::string_view section) {
  return section.ends_with("HEADER") || section.ends_with("MIME") || section.find("HEADER.FIELDS") != section.npos;
}

bool asks(const std::vector<fetch_item>& items, std::string_view name) {
  return std::ranges::any_of(items, [&](const fetch_item& i) { return i.name == name && !i.section; });
}

/// RFC 3501 6.4.5: a macro stands alone.
std::vector<fetch_item> without_macros(std::vector<fetch_item> items) {
  if (items.size() != 1 || items[0].section) return items;
  const std::string macro = items[0].name;
  if (macro != "ALL" && macro != "FAST" && macro != "FULL") return items;
  items.clear();
  for (const char* name : {"FLAGS", "INTERNALDATE", "RFC822.SIZE"}) items.push_back({name, {}, {}, {}});
  if (macro != "FAST") items.push_back({"ENVELOPE", {}, {}, {}});
  if (macro == "FULL") items.push_back({"BODY", {}, {}, {}});
  return items;
}

/// The message that stands for one that cannot be rendered.
std::string placeholder_for(const message& m, std::string_view words) {
  const auto fields = header_fields(std::string_view(*m.octets).substr(0, header_size(*m.octets)));
  const auto line = [&](const char* name) {
    const auto value = field_value(fields, name);
    return value ? std::string(name) + ": " + *value + "\r\n" : std::string();
  };
  const std::string what = words.empty() ? "The server could not make the text of this message." : std::string(words);
  return "From: Microsoft Exchange\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message: " +
         std::to_string(m.uid) + "\r\n" + line("Date") +
         "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + what + "\r\n\r\n" +
         line("Subject") + line("From");
}

}  // namespace

void imap_session::fetch(arguments& args, bool by_uid) {
  args.space();
  const sequence_set set = args.set();
  args.space();
  const bool in_list = args.next_is('(');
  std::vector<fetch_item> items = args.fetch_items();
  if (!in_list) items = without_macros(std::move(items));
  args.end();
  for (const fetch_item& item : items) {
    const bool other = !item.section && std::ranges::find(other_items, item.name) != other_items.end();
    if (!other && !text_wanted(item)) throw bad_arguments{"The data item " + item.name + " is not supported."};
  }
  if (!by_uid) news_ = news::no_expunge;
  const bool star = std::ranges::any_of(set, [](const sequence_range& r) { return r.first == 0 || r.last == 0; });
  const bool stale = by_uid && star && selected_->has_grown() && quirk(field_quirk::stale_star) != nullptr;
  const std::vector<std::uint32_t> wanted = stale ? selected_->resolve_stale(set) : selected_->resolve(set, by_uid);
  // RFC 3501 6.4.8: the answer to UID FETCH holds the UID whether it was asked for or not.
  if (by_uid && !asks(items, "UID")) items.insert(items.begin(), fetch_item{"UID", {}, {}, {}});

  refused_part_ = false;
  const std::vector<message> found = store().pick(selected_->folder(), wanted);
  for (const message& m : found) fetch_one(m, items);
  if (refused_part_) return no("Some of the messages could not be fetched.");
  if (!by_uid && found.size() != wanted.size()) return no("Some of the messages no longer exist.");
  ok("FETCH completed.");
}

bool imap_session::mark_seen(message& m) {
  if (selected_->read_only() || m.flags.has(system_flag::seen)) return false;
  m.flags.set(system_flag::seen);
  store().change_flags(selected_->folder(), {m.uid}, flag_change::add,
                       flag_set(static_cast<std::uint8_t>(system_flag::seen)));
  return true;
}

void imap_session::fetch_one(message m, std::vector<fetch_item> items) {
  bool has_text = false;
  bool sets_seen = false;
  bool whole = false;
  for (const fetch_item& item : items) {
    const auto text = text_wanted(item);
    if (!text) continue;
    has_text = true;
    sets_seen = sets_seen || text->sets_seen;
    whole = whole || (text->section.empty() && !item.partial);
  }
  const fetch_fault fault =
      has_text && hooks_->on_fetch ? hooks_->on_fetch(selected_->name(), m.uid) : fetch_fault::none;
  if (fault != fetch_fault::none && send_fault(m, fault)) return;
  if (has_text && quirk(field_quirk::cut_literal, m.uid) != nullptr) send_fault(m, fetch_fault::cut);
  if (quirk(field_quirk::listing_no_data, m.uid) != nullptr) return;
  if (has_text && quirk(field_quirk::fetch_no_data, m.uid) != nullptr) return;

  if (sets_seen && mark_seen(m) && !asks(items, "FLAGS")) items.push_back({"FLAGS", {}, {}, {}});
  if (asks(items, "FLAGS")) selected_->told(m);
  const bool about_text = has_text || asks(items, "ENVELOPE") || asks(items, "BODY") || asks(items, "BODYSTRUCTURE");
  const auto octets = about_text ? rendered(m) : m.octets;
  std::uint32_t number = selected_->number_of(m.uid);
  if (quirk(field_quirk::numbers_above_exists) != nullptr)
    number += static_cast<std::uint32_t>(selected_->uids().size());
  begin_response();
  send("* " + std::to_string(number) + " FETCH (");
  bool first = true;
  for (const fetch_item& item : items) {
    if (!std::exchange(first, false)) send(" ");
    send_item(m, item, *octets);
  }
  send(")");
  end_response();
  if (whole) store().mark_retrieved(selected_->folder(), m.uid);
  if (!quirks_.empty() && quirk(field_quirk::bye_between) != nullptr) say_goodbye();
}

void imap_session::send_item(const message& m, const fetch_item& item, const std::string& octets) {
  if (text_wanted(item)) return send_text(item, octets);
  send(item.name + " ");
  if (item.name == "UID") {
    send(std::to_string(m.uid));
  } else if (item.name == "FLAGS") {
    send(selected_->flags_text(m));
  } else if (item.name == "INTERNALDATE") {
    send("\"" + wire::format_date_time(m.date).value_or("01-Jan-1970 00:00:00 +0000") + "\"");
  } else if (item.name == "RFC822.SIZE") {
    send(std::to_string(reported_size(m)));
  } else if (item.name == "ENVELOPE") {
    send(envelope_text(octets, behaves().nil_for_empty));
  } else {
    send(body_structure_text(octets, item.name == "BODYSTRUCTURE", behaves().nil_for_empty));
  }
}

void imap_session::send_text(const fetch_item& item, const std::string& whole) {
  const wanted_text text = *text_wanted(item);
  send(text.answered);
  std::string part;
  std::string_view octets = whole;
  if (!text.section.empty()) {
    part = section_text(whole, text.section, item.fields).value_or("");
    octets = part;
  }
  if (item.partial) {
    octets = octets.substr(std::min<std::size_t>(item.partial->first, octets.size()), item.partial->count);
    send("<" + std::to_string(item.partial->first) + ">");
  }
  send(" {" + std::to_string(octets.size()) + "}\r\n");
  send(octets);
  shared_.log.count([&](counters& c) {
    if (is_header_only(text.section)) {
      ++c.headers;
    } else {
      ++c.bodies;
      c.body_octets += octets.size();
    }
  });
}

std::shared_ptr<const std::string> imap_session::rendered(const message& m) {
  if (const quirk_use* use = quirk(field_quirk::placeholder, m.uid)) {
    return std::make_shared<const std::string>(placeholder_for(m, use->text));
  }
  auto octets = m.octets;
  if (behaves().seven_bit && m.eight_bit) octets = std::make_shared<const std::string>(to_seven_bit(*octets));
  if (behaves().regenerates_mime && m.retrievals > 0) {
    octets = std::make_shared<const std::string>(regenerated_mime(*octets, m.retrievals));
  }
  return octets;
}

bool imap_session::send_fault(const message& m, fetch_fault fault) {
  const std::string start =
      "* " + std::to_string(selected_->number_of(m.uid)) + " FETCH (UID " + std::to_string(m.uid) + " BODY[] {";
  switch (fault) {
    case fetch_fault::none: return false;
    case fetch_fault::no_data: return true;
    case fetch_fault::refused: refused_part_ = true; return true;
    case fetch_fault::malformed: send(start + "12x} FLAGS (\\Seen\r\n"); return true;
    case fetch_fault::huge_literal: send(start + "4294967296}\r\n" + *m.octets + ")\r\n"); return true;
    case fetch_fault::cut: break;
  }
  send(start + std::to_string(m.octets->size()) + "}\r\n");
  send(std::string_view(*m.octets).substr(0, m.octets->size() / 2));
  channel_.flush();
  throw hung_up{};
}

std::uint64_t imap_session::reported_size(const message& m) {
  const bool exact = behaves().sizes == size_rule::exact || m.size_known;
  if (exact) return m.eight_bit ? rendered(m)->size() : m.octets->size();
  // XIMAP-V0006: the space that the message takes, not its size on the wire. Always off, and the same at each asking.
  const std::uint64_t stored = m.octets->size();
  return stored + 113 + stored / 50 + m.uid % 61;
}

}  // namespace outmap::exchange
