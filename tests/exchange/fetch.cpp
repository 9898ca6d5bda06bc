#include <algorithm>
#include <array>
#include <string_view>

#include "imap_session.hpp"
#include "wire/date_time.hpp"

namespace outmap::exchange {

namespace {

/// An item that carries text of the message, under all the names it has in IMAP4 and IMAP4rev1.
struct text_item {
  std::string_view name;
  std::string_view section;   ///< of BODY and BODY.PEEK
  std::string_view answered;  ///< name in the response
  bool sets_seen = false;
  enum class part { whole, header, text } which = part::whole;
};

constexpr std::array<text_item, 12> text_items = {{
    {"BODY", "", "BODY[]", true, text_item::part::whole},
    {"BODY.PEEK", "", "BODY[]", false, text_item::part::whole},
    {"BODY", "HEADER", "BODY[HEADER]", true, text_item::part::header},
    {"BODY.PEEK", "HEADER", "BODY[HEADER]", false, text_item::part::header},
    {"BODY", "TEXT", "BODY[TEXT]", true, text_item::part::text},
    {"BODY.PEEK", "TEXT", "BODY[TEXT]", false, text_item::part::text},
    {"RFC822", {}, "RFC822", true, text_item::part::whole},
    {"RFC822.PEEK", {}, "RFC822", false, text_item::part::whole},
    {"RFC822.HEADER", {}, "RFC822.HEADER", false, text_item::part::header},
    {"RFC822.HEADER.PEEK", {}, "RFC822.HEADER", false, text_item::part::header},
    {"RFC822.TEXT", {}, "RFC822.TEXT", true, text_item::part::text},
    {"RFC822.TEXT.PEEK", {}, "RFC822.TEXT", false, text_item::part::text},
}};

constexpr std::array<std::string_view, 4> other_items = {"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE"};

const text_item* find_text(const fetch_item& item) {
  const auto found = std::ranges::find_if(text_items, [&](const text_item& known) {
    return known.name == item.name && item.section.has_value() == known.name.starts_with("BODY") &&
           (!item.section || *item.section == known.section);
  });
  return found == text_items.end() ? nullptr : &*found;
}

/// The header with the empty line that ends it.
std::size_t header_size(std::string_view octets) {
  if (octets.starts_with("\r\n")) return 2;
  const std::size_t end = octets.find("\r\n\r\n");
  return end == std::string_view::npos ? octets.size() : end + 4;
}

std::string_view part_of(std::string_view octets, const text_item& item) {
  if (item.which == text_item::part::whole) return octets;
  const std::size_t header = header_size(octets);
  return item.which == text_item::part::header ? octets.substr(0, header) : octets.substr(header);
}

bool asks(const std::vector<fetch_item>& items, std::string_view name) {
  return std::ranges::find(items, name, &fetch_item::name) != items.end();
}

}  // namespace

void imap_session::fetch(arguments& args, bool by_uid) {
  args.space();
  const sequence_set set = args.set();
  args.space();
  std::vector<fetch_item> items = args.fetch_items();
  args.end();
  for (const fetch_item& item : items) {
    const bool other = !item.section && std::ranges::find(other_items, item.name) != other_items.end();
    if (!other && find_text(item) == nullptr) throw bad_arguments{"The data item " + item.name + " is not supported."};
  }
  if (!by_uid) news_ = news::no_expunge;
  const std::vector<std::uint32_t> wanted = selected_->resolve(set, by_uid);
  // RFC 3501 6.4.8: the answer to UID FETCH holds the UID whether it was asked for or not.
  if (by_uid && !asks(items, "UID")) items.insert(items.begin(), fetch_item{"UID", {}, {}});

  refused_part_ = false;
  const std::vector<message> found = store().pick(selected_->folder(), wanted);
  for (const message& m : found) fetch_one(m, items);
  if (refused_part_) return no("Some of the messages could not be fetched.");
  if (!by_uid && found.size() != wanted.size()) return no("Some of the messages no longer exist.");
  ok("FETCH completed.");
}

void imap_session::fetch_one(message m, std::vector<fetch_item> items) {
  const bool has_text = std::ranges::any_of(items, [](const fetch_item& i) { return find_text(i) != nullptr; });
  const fetch_fault fault =
      has_text && hooks_->on_fetch ? hooks_->on_fetch(selected_->name(), m.uid) : fetch_fault::none;
  if (fault != fetch_fault::none && send_fault(m, fault)) return;

  const bool sets_seen = std::ranges::any_of(items, [](const fetch_item& i) {
    const text_item* text = find_text(i);
    return text != nullptr && text->sets_seen;
  });
  if (sets_seen && !selected_->read_only() && !m.flags.has(system_flag::seen)) {
    m.flags.set(system_flag::seen);
    store().change_flags(selected_->folder(), {m.uid}, flag_change::add,
                         flag_set(static_cast<std::uint8_t>(system_flag::seen)));
    if (!asks(items, "FLAGS")) items.push_back({"FLAGS", {}, {}});
  }
  if (asks(items, "FLAGS")) selected_->told(m);
  send("* " + std::to_string(selected_->number_of(m.uid)) + " FETCH (");
  bool first = true;
  for (const fetch_item& item : items) {
    if (!std::exchange(first, false)) send(" ");
    send_item(m, item);
  }
  send(")\r\n");
}

void imap_session::send_item(const message& m, const fetch_item& item) {
  if (find_text(item) != nullptr) return send_text(m, item);
  send(item.name + " ");
  if (item.name == "UID") {
    send(std::to_string(m.uid));
  } else if (item.name == "FLAGS") {
    send(selected_->flags_text(m));
  } else if (item.name == "INTERNALDATE") {
    send("\"" + wire::format_date_time(m.date).value_or("01-Jan-1970 00:00:00 +0000") + "\"");
  } else {
    send(std::to_string(reported_size(m)));
  }
}

void imap_session::send_text(const message& m, const fetch_item& item) {
  const text_item& text = *find_text(item);
  std::string_view octets = part_of(*m.octets, text);
  send(text.answered);
  if (item.partial) {
    octets = octets.substr(std::min<std::size_t>(item.partial->first, octets.size()), item.partial->count);
    send("<" + std::to_string(item.partial->first) + ">");
  }
  send(" {" + std::to_string(octets.size()) + "}\r\n");
  send(octets);
  shared_.log.count([&](counters& c) {
    if (text.which == text_item::part::header) {
      ++c.headers;
    } else {
      ++c.bodies;
      c.body_octets += octets.size();
    }
  });
  if (text.which == text_item::part::whole && behaves().sizes == size_rule::stored_until_fetched) {
    store().mark_size_known(selected_->folder(), m.uid);
  }
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

std::uint64_t imap_session::reported_size(const message& m) const {
  const std::uint64_t exact = m.octets->size();
  if (behaves().sizes == size_rule::exact || m.size_known) return exact;
  // XIMAP-V0006: the space that the message takes, not its size on the wire. Always off, and the same at each asking.
  return exact + 113 + exact / 50 + m.uid % 61;
}

}  // namespace outmap::exchange
