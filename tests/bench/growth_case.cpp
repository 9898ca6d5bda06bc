#include <filesystem>
#include <functional>

#include "bench/bench_case.hpp"
#include "bench/drain.hpp"
#include "bench/synthetic_server.hpp"

namespace outmap::bench {
namespace {

// A cost a unit that rises by more than this from ten to a hundred times is not linear any more; less is noise.
constexpr double most_rise = 1.15;

struct point {
  std::size_t units = 0;
  runs drain;
  runs to_file;  ///< of the octets' curve
  runs first;
  runs unchanged;
};

// What the kernel takes to put octets into files depends on the memory it finds for them: up to six times as much for
// the same octets where a virtual machine has to ask for it. A file that is written before a sync and removed has it
// found, and is what the sync's octets are compared with.
void write_a_file(const bench_case& with, const far_end& from, const test::temp_dir& folder, point& p) {
  const auto file = folder / "octets";
  p.to_file.push_back(with.work.drain_to_file(from, "INBOX", fetch_bodies, file));
  std::filesystem::remove(file);
}

point measure(const bench_case& with, synthetic_mail mail, std::size_t units, bool of_octets) {
  point p;
  p.units = units;
  std::string lines;
  for (const auto& name : mail.mailboxes) lines += name + '\n';
  const synthetic_server server(std::move(mail));
  const auto from = server.end();
  for (int i = 0; i < with.rounds; ++i) {
    const test::temp_dir folder;
    const auto names = folder.write("names", lines);
    p.drain.push_back(with.work.drain_mailboxes(from, names, fetch_bodies, true));
    if (of_octets) write_a_file(with, from, folder, p);
    p.first.push_back(with.work.sync(from, folder / "cache.outmap", {.header_date = true}));
    p.unchanged.push_back(with.work.sync(from, folder / "cache.outmap", {.header_date = true}));
  }
  return p;
}

void judge(report& out, const std::string& what, const std::string& unit, const std::vector<point>& points,
           runs point::*which) {
  const auto cost = [&](const point& p) { return median(p.*which).cpu / static_cast<double>(p.units) * 1e6; };
  std::string line = what + ", CPU us a " + unit + ":";
  for (const auto& p : points) line += ' ' + number(cost(p), 3) + " (" + std::to_string(p.units) + ')';
  out.remark(line);
  out.ratio_goal("growth: " + what + ", CPU a " + unit + " at 100 x", cost(points[2]) / cost(points[1]), most_rise,
                 "that at 10 x");
}

void judge_octets(report& out, const std::vector<point>& points) {
  const auto cost = [](const point& p) { return median(p.first).cpu / median(p.to_file).cpu; };
  std::string line = "first sync, CPU x that of a drain to a file:";
  for (const auto& p : points) line += ' ' + number(cost(p), 2) + " (" + std::to_string(p.units) + " kB)";
  out.remark(line);
  out.ratio_goal("growth: first sync, CPU against a drain to a file at 100 x", cost(points[2]) / cost(points[1]),
                 most_rise, "that at 10 x");
}

void curve(const bench_case& with, const std::string& unit, const std::string& units_name,
           const std::function<synthetic_mail(std::size_t units)>& make, std::size_t smallest) {
  std::vector<point> points;
  const bool of_octets = unit == "kB";
  for (const std::size_t times : {1, 10, 100}) {
    const auto units = with.scaled(smallest, 2) * times;
    points.push_back(measure(with, make(units), units, of_octets));
  }
  with.out.heading("growth by " + unit + " (synthetic server)");
  std::vector<row> rows;
  for (const auto& p : points) {
    const auto of = std::to_string(p.units) + ' ' + units_name + ": ";
    rows.push_back({of + "drain, pipelined", p.drain, p.drain});
    if (of_octets) rows.push_back({of + "drain to a file", p.to_file, p.drain});
    rows.push_back({of + "first sync", p.first, p.drain});
    rows.push_back({of + "nothing changed", p.unchanged});
  }
  with.out.table(rows);
  if (of_octets) return judge_octets(with.out, points);
  judge(with.out, "first sync", unit, points, &point::first);
  judge(with.out, "nothing changed", unit, points, &point::unchanged);
}

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> out = {"INBOX"};
  for (std::size_t i = 1; i < count; ++i) out.push_back("Box" + std::to_string(100'000 + i));
  return out;
}

}  // namespace

void growth_case(const bench_case& with) {
  curve(
      with, "message", "messages",
      [](std::size_t units) {
        return synthetic_mail{{"INBOX"}, static_cast<std::uint32_t>(units), 3000};
      },
      2000);
  curve(
      with, "mailbox", "mailboxes",
      [](std::size_t units) {
        return synthetic_mail{names(units), 20, 3000};
      },
      20);
  curve(
      with, "kB", "kB",
      [](std::size_t units) {
        return synthetic_mail{{"INBOX"}, 200, std::max<std::size_t>(1, units * 1000 / 200)};
      },
      5000);
}

}  // namespace outmap::bench
