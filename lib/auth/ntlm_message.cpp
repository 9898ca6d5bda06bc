#include "auth/ntlm_message.hpp"

#include <algorithm>

#include "auth/little_endian.hpp"

namespace outmap::auth {
namespace {

constexpr std::string_view signature("NTLMSSP\0", 8);
constexpr std::size_t field_size = 8;  // length, allocated length, offset
constexpr std::size_t version_size = 8;

// Fixed parts, without what old implementations leave out at the end.
constexpr std::size_t negotiate_header = 16;
constexpr std::size_t challenge_header = 32;
constexpr std::size_t challenge_header_with_info = 48;
constexpr std::size_t authenticate_header = 64;

// Reads one message. Keeps the lowest offset of a payload, which says how far the header can reach.
class message_reader {
 public:
  message_reader(const char* name, std::string_view octets) : name_(name), octets_(octets) {}

  [[nodiscard]] tl::unexpected<error> malformed(const std::string& what) const {
    return fail(errc::malformed_response, std::string("NTLM ") + name_ + ": " + what);
  }

  [[nodiscard]] result<void> check_start(std::uint32_t type, std::size_t header) const {
    if (octets_.empty()) return malformed("empty");
    if (octets_.substr(0, signature.size()) != signature) return malformed("no NTLMSSP signature");
    if (octets_.size() < signature.size() + 4) return malformed("too short for its type");
    const auto is = read_le<std::uint32_t>(octets_, 8);
    if (is != type) return malformed("message type " + std::to_string(is) + ", not " + std::to_string(type));
    if (octets_.size() < header) return malformed("shorter than its header");
    return {};
  }

  /// The octets that the field at `at` points to; `header` is where the payload may begin.
  [[nodiscard]] result<std::string> payload(const char* what, std::size_t at, std::size_t header) {
    const std::size_t length = read_le<std::uint16_t>(octets_, at);
    const std::size_t offset = read_le<std::uint32_t>(octets_, at + 4);
    if (length == 0) return std::string();
    if (offset < header) return malformed(std::string(what) + " lies in the header");
    if (offset > octets_.size()) return malformed(std::string(what) + " begins past the end");
    if (length > octets_.size() - offset) return malformed(std::string(what) + " passes the end");
    first_payload_ = std::min(first_payload_, offset);
    return std::string(octets_.substr(offset, length));
  }

  /// The VERSION structure when nothing else lies in its place.
  [[nodiscard]] std::optional<ntlm_product> version(std::size_t at) const {
    if (!has_room(at, version_size)) return std::nullopt;
    return ntlm_product{read_le<std::uint8_t>(octets_, at), read_le<std::uint8_t>(octets_, at + 1),
                        read_le<std::uint16_t>(octets_, at + 2), read_le<std::uint8_t>(octets_, at + 7)};
  }

  [[nodiscard]] bool has_room(std::size_t at, std::size_t size) const {
    return at + size <= std::min(first_payload_, octets_.size());
  }

 private:
  const char* name_;
  std::string_view octets_;
  std::size_t first_payload_ = SIZE_MAX;
};

// Writes one message: header fields in order, payloads collected behind.
class message_writer {
 public:
  message_writer(std::uint32_t type, std::size_t header) : payload_offset_(header) {
    header_.assign(signature);
    append_le(header_, type);
  }

  template <class Number>
  void number(Number value) {
    append_le(header_, value);
  }
  void octets(std::string_view value) { header_.append(value); }

  void version(const std::optional<ntlm_product>& product) {
    const auto p = product.value_or(ntlm_product{0, 0, 0, 0});
    number(p.major);
    number(p.minor);
    number(p.build);
    octets(std::string_view("\0\0\0", 3));
    number(p.revision);
  }

  /// A field whose octets were put into the payload at `offset`.
  void field(std::string_view value, std::size_t offset) {
    too_long_ = too_long_ || value.size() > 0xffff;
    number(static_cast<std::uint16_t>(value.size()));
    number(static_cast<std::uint16_t>(value.size()));
    number(static_cast<std::uint32_t>(offset));
  }
  std::size_t put(std::string_view value) {
    const std::size_t offset = payload_offset_ + payload_.size();
    payload_.append(value);
    return offset;
  }

  [[nodiscard]] result<std::string> take() const {
    if (too_long_) return fail(errc::invalid_argument, "NTLM: a field is longer than 65535 octets");
    return header_ + payload_;
  }

 private:
  std::string header_;
  std::string payload_;
  std::size_t payload_offset_;
  bool too_long_ = false;
};

bool has_flag(std::uint32_t flags, std::uint32_t flag) { return (flags & flag) != 0; }

}  // namespace

result<negotiate_message> parse_negotiate(std::string_view message) {
  message_reader in("NEGOTIATE", message);
  if (auto good = in.check_start(1, negotiate_header); !good) return tl::unexpected(good.error());
  negotiate_message out;
  out.flags = read_le<std::uint32_t>(message, 12);
  constexpr std::size_t domain_at = 16;
  constexpr std::size_t workstation_at = 24;
  constexpr std::size_t version_at = 32;
  if (message.size() >= domain_at + field_size) {
    auto domain = in.payload("domain", domain_at, domain_at + field_size);
    if (!domain) return tl::unexpected(domain.error());
    out.domain = *std::move(domain);
  }
  if (message.size() >= version_at) {
    auto workstation = in.payload("workstation", workstation_at, version_at);
    if (!workstation) return tl::unexpected(workstation.error());
    out.workstation = *std::move(workstation);
  }
  if (has_flag(out.flags, ntlm_flag::version)) out.product = in.version(version_at);
  return out;
}

result<std::string> build_negotiate(const negotiate_message& message) {
  message_writer out(1, 32 + (message.product ? version_size : 0));
  out.number(message.flags);
  const auto field = [&out](std::string_view name) { out.field(name, name.empty() ? 0 : out.put(name)); };
  field(message.domain);
  field(message.workstation);
  if (message.product) out.version(message.product);
  return out.take();
}

result<challenge_message> parse_challenge(std::string_view message) {
  message_reader in("CHALLENGE", message);
  if (auto good = in.check_start(2, challenge_header); !good) return tl::unexpected(good.error());
  challenge_message out;
  out.flags = read_le<std::uint32_t>(message, 20);
  std::copy_n(message.begin() + 24, out.server_challenge.size(), out.server_challenge.begin());

  auto target_name = in.payload("target name", 12, challenge_header);
  if (!target_name) return tl::unexpected(target_name.error());
  if (has_flag(out.flags, ntlm_flag::unicode) && target_name->size() % 2 != 0) {
    return in.malformed("target name has an odd length");
  }
  out.target_name = *std::move(target_name);

  if (has_flag(out.flags, ntlm_flag::target_info)) {
    if (!in.has_room(40, field_size)) return in.malformed("no room for the target information it announces");
    const auto list = in.payload("target information", 40, challenge_header_with_info);
    if (!list) return tl::unexpected(list.error());
    auto pairs = parse_av_pairs(*list);
    if (!pairs) return tl::unexpected(pairs.error());
    out.target_info = *std::move(pairs);
  }
  if (has_flag(out.flags, ntlm_flag::version)) out.product = in.version(challenge_header_with_info);
  return out;
}

result<std::string> build_challenge(const challenge_message& message) {
  std::string list;
  if (message.target_info) {
    auto built = build_av_pairs(*message.target_info);
    if (!built) return built;
    list = *std::move(built);
  }
  message_writer out(2, challenge_header_with_info + (message.product ? version_size : 0));
  out.field(message.target_name, out.put(message.target_name));
  out.number(message.flags);
  out.octets(view_of(message.server_challenge));
  out.number(std::uint64_t{0});
  out.field(list, out.put(list));
  if (message.product) out.version(message.product);
  return out.take();
}

result<authenticate_message> parse_authenticate(std::string_view message) {
  message_reader in("AUTHENTICATE", message);
  if (auto good = in.check_start(3, authenticate_header); !good) return tl::unexpected(good.error());
  authenticate_message out;
  out.flags = read_le<std::uint32_t>(message, 60);
  struct part {
    const char* name;
    std::size_t at;
    std::string* value;
    bool text;
  };
  const part parts[] = {
      {"LM response", 12, &out.lm_response, false},
      {"NT response", 20, &out.nt_response, false},
      {"domain", 28, &out.domain, true},
      {"user name", 36, &out.user, true},
      {"workstation", 44, &out.workstation, true},
      {"session key", 52, &out.session_key, false},
  };
  for (const auto& p : parts) {
    auto value = in.payload(p.name, p.at, authenticate_header);
    if (!value) return tl::unexpected(value.error());
    if (p.text && has_flag(out.flags, ntlm_flag::unicode) && value->size() % 2 != 0) {
      return in.malformed(std::string(p.name) + " has an odd length");
    }
    *p.value = *std::move(value);
  }
  if (has_flag(out.flags, ntlm_flag::version)) out.product = in.version(authenticate_header);
  if (in.has_room(mic_offset, 16)) {
    std::copy_n(message.begin() + mic_offset, 16, out.mic.emplace().begin());
  }
  return out;
}

result<std::string> build_authenticate(const authenticate_message& message) {
  message_writer out(3, mic_offset + (message.mic ? message.mic->size() : 0));
  const auto domain = out.put(message.domain);
  const auto user = out.put(message.user);
  const auto workstation = out.put(message.workstation);
  const auto lm_response = out.put(message.lm_response);
  const auto nt_response = out.put(message.nt_response);
  const auto session_key = out.put(message.session_key);
  out.field(message.lm_response, lm_response);
  out.field(message.nt_response, nt_response);
  out.field(message.domain, domain);
  out.field(message.user, user);
  out.field(message.workstation, workstation);
  out.field(message.session_key, session_key);
  out.number(message.flags);
  out.version(message.product);
  if (message.mic) out.octets(view_of(*message.mic));
  return out.take();
}

}  // namespace outmap::auth
