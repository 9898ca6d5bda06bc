// Everything a server can say that outmap listens to, as one closed variant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "outmap/types.hpp"
#include "wire/framer.hpp"

namespace outmap::wire {

enum class condition { ok, no, bad, preauth, bye };

/// The response codes that are used (OIMAP-V0062). Every other code is `ignored`.
enum class code_kind { none, alert, uid_validity, unseen, ignored };

struct response_code {
  code_kind kind = code_kind::none;
  std::string name;           ///< as sent, upper-cased, for traces and for throttling hints
  std::uint32_t number = 0;   ///< of UIDVALIDITY and UNSEEN
};

/// "tag OK [code] text", or "* OK …" when `tag` is empty.
struct status_response {
  std::string tag;
  wire::condition condition = wire::condition::bad;
  response_code code;
  std::string text;           ///< hostile; shown only by the rules OIMAP-V0063 and V0064
};

/// "+ text". The text is a base64 challenge during AUTHENTICATE.
struct continuation_request {
  std::string text;
};

struct capability_data {
  std::vector<std::string> names;   ///< upper-cased
};

/// LIST or LSUB.
struct list_data {
  bool lsub = false;
  bool noselect = false;            ///< \Noselect or \NonExistent
  bool noinferiors = false;
  std::vector<std::string> attributes;  ///< all, as sent
  std::optional<char> delimiter;    ///< absent: NIL, a flat name
  mailbox_name mailbox;
};

struct status_data {
  mailbox_name mailbox;
  std::optional<std::uint32_t> unseen;  ///< the only item that is asked for (OIMAP-V0045)
};

struct exists_data { std::uint32_t count = 0; };
struct expunge_data { sequence_number number; };

/// A literal or string that came for a body item: streamed through body events, or short and quoted, then held here.
struct body_item {
  body_section section = body_section::full;
  bool streamed = false;
  bool partial = false;             ///< BODY[]<origin>: must never replace a full body (OIMAP-V0070)
  std::optional<std::string> text;  ///< absent: streamed, or NIL
};

struct fetch_data {
  sequence_number number;
  std::optional<outmap::uid> uid;
  std::optional<flag_set> flags;
  std::optional<std::uint64_t> size;            ///< RFC822.SIZE: for display only (OIMAP-V0007)
  std::optional<internal_date> date;
  std::vector<body_item> bodies;                ///< in the order of the response
};

/// FLAGS, RECENT, SEARCH, and whatever else is understood enough to be stepped over.
struct ignored_data {
  std::string name;                 ///< upper-cased first word, at most 64 octets
};

using response = std::variant<status_response, continuation_request, capability_data, list_data, status_data,
                              exists_data, expunge_data, fetch_data, ignored_data>;

}  // namespace outmap::wire
