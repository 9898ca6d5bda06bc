// AV pairs and the NTLMv2 response that carries them back.
#include <algorithm>
#include <set>

#include "auth/little_endian.hpp"
#include "auth/ntlm_message.hpp"

namespace outmap::auth {
namespace {

tl::unexpected<error> malformed(const std::string& what) {
  return fail(errc::malformed_response, "NTLM target information: " + what);
}

bool is_name(av_id id) {
  switch (id) {
    case av_id::nb_computer_name:
    case av_id::nb_domain_name:
    case av_id::dns_computer_name:
    case av_id::dns_domain_name:
    case av_id::dns_tree_name:
    case av_id::target_name: return true;
    default: return false;
  }
}

// What a value of the kind must measure; 0: anything.
std::size_t fixed_size(av_id id) {
  switch (id) {
    case av_id::flags: return 4;
    case av_id::timestamp: return 8;
    case av_id::channel_bindings: return 16;
    default: return 0;
  }
}

result<void> check_value(av_id id, std::string_view value) {
  const auto number = std::to_string(static_cast<unsigned>(id));
  if (is_name(id) && value.size() % 2 != 0) return malformed("name of pair " + number + " has an odd length");
  if (const auto size = fixed_size(id); size != 0 && value.size() != size) {
    return malformed("pair " + number + " has " + std::to_string(value.size()) + " octets, not " +
                     std::to_string(size));
  }
  return {};
}

constexpr std::size_t header_size = 4;
constexpr std::size_t longest_value = 0xffff;
// Version, reserved, time, client challenge and reserved before the pairs.
constexpr std::size_t blob_header_size = 28;

}  // namespace

result<std::vector<av_pair>> parse_av_pairs(std::string_view list) {
  std::vector<av_pair> pairs;
  std::set<av_id> seen;
  while (true) {
    if (list.size() < header_size) return malformed("no end mark");
    const auto id = static_cast<av_id>(read_le<std::uint16_t>(list, 0));
    const std::size_t length = read_le<std::uint16_t>(list, 2);
    list.remove_prefix(header_size);
    if (id == av_id::eol) {
      if (length != 0) return malformed("end mark with a length");
      return pairs;
    }
    if (length > list.size()) return malformed("pair " + std::to_string(static_cast<unsigned>(id)) + " passes the end");
    const auto value = list.substr(0, length);
    if (auto good = check_value(id, value); !good) return tl::unexpected(good.error());
    if (!seen.insert(id).second) return malformed("pair " + std::to_string(static_cast<unsigned>(id)) + " comes twice");
    pairs.push_back({id, std::string(value)});
    list.remove_prefix(length);
  }
}

result<std::string> build_av_pairs(const std::vector<av_pair>& pairs) {
  std::string out;
  for (const auto& pair : pairs) {
    if (pair.value.size() > longest_value)
      return fail(errc::invalid_argument, "NTLM target information: value too long");
    append_le(out, static_cast<std::uint16_t>(pair.id));
    append_le(out, static_cast<std::uint16_t>(pair.value.size()));
    out.append(pair.value);
  }
  append_le(out, static_cast<std::uint16_t>(av_id::eol));
  append_le(out, std::uint16_t{0});
  return out;
}

const std::string* find_av(const std::vector<av_pair>& pairs, av_id id) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [id](const av_pair& p) { return p.id == id; });
  return found == pairs.end() ? nullptr : &found->value;
}

result<ntlmv2_blob> parse_ntlmv2_blob(std::string_view temp) {
  if (temp.size() < blob_header_size) return fail(errc::malformed_response, "NTLMv2 response: too short");
  if (temp[0] != 1 || temp[1] != 1) return fail(errc::malformed_response, "NTLMv2 response: unknown version");
  ntlmv2_blob blob;
  blob.filetime = read_le<std::uint64_t>(temp, 8);
  std::copy_n(temp.begin() + 16, blob.client_challenge.size(), blob.client_challenge.begin());
  auto pairs = parse_av_pairs(temp.substr(blob_header_size));
  if (!pairs) return tl::unexpected(pairs.error());
  blob.pairs = *std::move(pairs);
  return blob;
}

result<std::string> build_ntlmv2_blob(const ntlmv2_blob& blob) {
  const auto pairs = build_av_pairs(blob.pairs);
  if (!pairs) return tl::unexpected(pairs.error());
  std::string out("\x01\x01\0\0\0\0\0\0", 8);
  append_le(out, blob.filetime);
  out.append(view_of(blob.client_challenge));
  append_le(out, std::uint32_t{0});
  out.append(*pairs);
  append_le(out, std::uint32_t{0});
  return out;
}

}  // namespace outmap::auth
