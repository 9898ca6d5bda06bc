// What the way from received octets to typed responses costs, without a network: the framer alone, framer and parser,
// and the hand-over of bodies; and what EXPUNGE costs in a large mailbox. Not a test: nothing here can fail for being
// slow.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/sequence_map.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"

namespace {

using namespace outmap;

constexpr int rounds = 5;
constexpr std::size_t most_piece = 128 * 1024;

struct sample {
  const char* name;
  std::size_t responses;
  std::string octets;
};

std::string scan_lines(std::size_t count, bool keywords) {
  static constexpr const char* flags[] = {"\\Seen", "", "\\Answered \\Seen", "\\Flagged \\Seen"};
  std::string out;
  for (std::size_t i = 1; i <= count; ++i) {
    out += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(100000 + 3 * i) + " FLAGS (";
    out += flags[i % std::size(flags)];
    if (keywords) out += i % std::size(flags) == 1 ? "$Forwarded" : " $Forwarded";
    out += "))\r\n";
  }
  return out;
}

std::string header_forms(std::size_t count) {
  std::string header = "From: Someone <someone@example.com>\r\nTo: alice@example.com\r\nSubject: a header\r\n";
  while (header.size() < 696) header += header.size() % 70 < 69 ? "x" : "\r\n y";
  header += "\r\n\r\n";
  const auto announced = "{" + std::to_string(header.size()) + "}\r\n";
  std::string out;
  for (std::size_t i = 1; i <= count; ++i) {
    out += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(100000 + 3 * i) + " FLAGS (\\Seen) RFC822.SIZE " +
           std::to_string(2000 + i % 9000) + " INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[HEADER] " + announced +
           header + ")\r\n";
  }
  return out;
}

std::string bodies(std::size_t count, std::size_t size) {
  const std::string line = std::string(76, 'Q') + "\r\n";
  std::string body = "Subject: a body\r\n\r\n";
  while (body.size() + line.size() <= size) body += line;
  const auto announced = "{" + std::to_string(body.size()) + "}\r\n";
  std::string out;
  for (std::size_t i = 1; i <= count; ++i) {
    out += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(100000 + 3 * i) + " FLAGS (\\Seen) BODY[] " +
           announced + body + ")\r\n";
  }
  return out;
}

// Where bodies go: copied once, as a store must.
class body_sink {
 public:
  void take(std::span<const char> octets) {
    while (!octets.empty()) {
      const auto now = std::min(octets.size(), room_.size() - at_);
      std::memcpy(room_.data() + at_, octets.data(), now);
      at_ = at_ + now == room_.size() ? 0 : at_ + now;
      octets = octets.subspan(now);
    }
  }

 private:
  std::vector<char> room_ = std::vector<char>(most_piece);
  std::size_t at_ = 0;
};

struct seen {
  std::size_t responses = 0;
  std::uint64_t sum = 0;  // so that no work can be left out
};

seen walk(const std::string& stream, std::size_t piece, bool parse) {
  wire::framer in;
  body_sink sink;
  seen out;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    std::span<const char> input(stream.data() + at, std::min(piece, stream.size() - at));
    for (auto e = in.next(input); e != wire::framer::event::need_input; e = in.next(input)) {
      if (e == wire::framer::event::body_data) sink.take(in.data());
      if (e == wire::framer::event::failed) return {};
      if (e != wire::framer::event::frame) continue;
      ++out.responses;
      out.sum += in.current().text.size();
      if (!parse) continue;
      const auto parsed = wire::parse(in.current());
      const auto* fetch = parsed ? std::get_if<wire::fetch_data>(&*parsed) : nullptr;
      if (fetch == nullptr || !fetch->uid || !fetch->flags) return {};
      out.sum += fetch->uid->value + fetch->flags->system_bits() + fetch->flags->keywords().size();
    }
  }
  return out;
}

void copy(const std::string& stream, std::size_t piece) {
  body_sink sink;
  for (std::size_t at = 0; at < stream.size(); at += piece)
    sink.take({stream.data() + at, std::min(piece, stream.size() - at)});
}

// Of the processor, since others may want it too.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double best_seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto began = cpu_seconds();
    work();
    best = std::min(best, cpu_seconds() - began);
  }
  return best;
}

bool measure(const sample& s, std::size_t piece) {
  const auto octets = static_cast<double>(s.octets.size());
  const auto responses = static_cast<double>(s.responses);
  seen framed;
  seen parsed;
  const auto copying = best_seconds([&] { copy(s.octets, piece); });
  const auto framing = best_seconds([&] { framed = walk(s.octets, piece, false); });
  const auto parsing = best_seconds([&] { parsed = walk(s.octets, piece, true); });
  if (framed.responses != s.responses || parsed.responses != s.responses) {
    std::fprintf(stderr, "bench_wire_path: %s: not every response was understood\n", s.name);
    return false;
  }
  std::printf("| %-26s | %4zu | %11.1f | %11.1f | %6.2f | %6.2f | %6.2f | %5.2f |\n", s.name, piece / 1024,
              framing * 1e9 / responses, parsing * 1e9 / responses, octets / framing / 1e9, octets / parsing / 1e9,
              octets / copying / 1e9, parsing / copying);
  return true;
}

// What a watch pays for EXPUNGE: anywhere in a large mailbox, each time another message is looked up as well.
void measure_sequence_map(std::uint32_t messages, std::uint32_t expunges) {
  std::vector<uid> all;
  for (std::uint32_t i = 1; i <= messages; ++i) all.push_back(uid{3 * i});
  sequence_map map(messages);
  std::uint64_t sum = 0;
  const auto building = best_seconds([&] {
    if (!map.assign(all)) std::abort();
  });
  const auto began = cpu_seconds();
  std::mt19937 random(1);
  for (std::uint32_t i = 0; i < expunges; ++i) {
    const auto gone = map.expunge({1 + static_cast<std::uint32_t>(random() % map.size())});
    const auto other = map.at({1 + static_cast<std::uint32_t>(random() % map.size())});
    if (!gone || !*gone || !other) std::abort();
    sum += (*gone)->value + other->value;
  }
  std::printf("sequence map of %u messages: built in %.2f ms, %u EXPUNGE and look-ups in %.1f ms (sum %llu)\n",
              messages, building * 1e3, expunges, (cpu_seconds() - began) * 1e3, static_cast<unsigned long long>(sum));
}

}  // namespace

int main(int argc, char** argv) {
  // Under a tool that counts instructions a part of it will do.
  const std::size_t share = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  const std::function<sample()> samples[] = {
      [=] {
        return sample{"scan line, system flags", 1000000 / share, scan_lines(1000000 / share, false)};
      },
      [=] {
        return sample{"scan line, and a keyword", 1000000 / share, scan_lines(1000000 / share, true)};
      },
      [=] {
        return sample{"header form, 700 octets", 200000 / share, header_forms(200000 / share)};
      },
      [=] {
        return sample{"body of 3.4 KB", 40000 / share, bodies(40000 / share, 3400)};
      },
      [=] {
        return sample{"body of 35 KB", 4000 / share, bodies(4000 / share, 35000)};
      },
      [=] {
        return sample{"body of 10 MB", 14 / share + 1, bodies(14 / share + 1, 10000000)};
      },
  };
  std::printf(
      "processor time, best of %d; the copy is a memcpy of the same octets in the same pieces, and so is what "
      "bodies cost\n\n",
      rounds);
  std::printf("|                            | KiB  | ns/response | ns/response | GB/s   | GB/s   | GB/s   | parse |\n");
  std::printf("| input                      | each | framer      | and parser  | framer | parser | copy   | /copy |\n");
  std::printf("|----------------------------|------|-------------|-------------|--------|--------|--------|-------|\n");
  for (const auto& make : samples) {
    const auto s = make();
    if (!measure(s, 16 * 1024) || !measure(s, most_piece)) return 1;
  }
  std::printf("\n");
  for (const std::uint32_t messages : {10000u, 100000u, 1000000u}) measure_sequence_map(messages, messages / 10);
  return 0;
}
