#include "bench/report.hpp"

#include <algorithm>
#include <cstdio>

namespace outmap::bench {
namespace {

constexpr double most_peak_mib = 64;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

}  // namespace

std::string number(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

void report::heading(const std::string& text) {
  heading_ = text;
  std::printf("\n## %s\n", text.c_str());
}

void report::remark(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void report::table(const std::vector<row>& rows) {
  std::size_t width = 4;
  for (const auto& r : rows) width = std::max(width, r.work.size());
  const bool trips = std::any_of(rows.begin(), rows.end(), [](const row& r) { return r.round_trip.has_value(); });
  std::printf("\n| %s |  wall s |   CPU s | x drain |%s peak MiB |  MB read |\n", padded("work", width).c_str(),
              trips ? " round trips | above drain |" : "");
  std::printf("|%s|--------:|--------:|--------:|%s---------:|---------:|\n", std::string(width + 2, '-').c_str(),
              trips ? "------------:|------------:|" : "");
  for (const auto& r : rows) {
    const auto what = median(r.what);
    std::string line = "| " + padded(r.work, width) + " | " + right(number(what.wall), 7) + " | " +
                       right(number(what.cpu), 7) + " | " +
                       right(r.base.empty() ? "" : number(times(r.what, r.base)), 7) + " |";
    if (trips) {
      const bool both = r.round_trip && !r.base.empty();
      line += ' ' + right(r.round_trip ? number(what.wall / *r.round_trip, 1) : "", 11) + " | " +
              right(both ? number((what.wall - median(r.base).wall) / *r.round_trip, 1) : "", 11) + " |";
    }
    line += ' ' + right(number(what.peak_mib, 1), 8) + " | " +
            right(what.octets == 0 ? "" : number(static_cast<double>(what.octets) / 1e6, 1), 8) + " |";
    std::printf("%s\n", line.c_str());
    if (r.ours && what.peak_mib > peak_mib_) {
      peak_mib_ = what.peak_mib;
      peak_work_ = heading_ + ": " + r.work;
    }
  }
  std::printf("\n");
  std::fflush(stdout);
}

void report::goal(const std::string& work, const std::string& wanted, const std::string& measured, bool met) {
  verdicts_.push_back({work, wanted, measured, met});
}

void report::ratio_goal(const std::string& work, double measured, double most, const std::string& of_what) {
  goal(work, "<= " + number(most) + " x " + of_what, number(measured) + " x", measured <= most);
}

void report::finish() {
  if (peak_mib_ > 0) {
    goal("peak memory, but for the million and growth", "<= 64 MiB", number(peak_mib_, 1) + " MiB (" + peak_work_ + ")",
         peak_mib_ <= most_peak_mib);
  }
  std::size_t work = 4;
  std::size_t wanted = 4;
  std::size_t measured = 8;
  for (const auto& v : verdicts_) {
    work = std::max(work, v.work.size());
    wanted = std::max(wanted, v.wanted.size());
    measured = std::max(measured, v.measured.size());
  }
  std::printf("\n## Goals\n\n| %s | %s | %s | verdict |\n", padded("work", work).c_str(),
              padded("goal", wanted).c_str(), padded("measured", measured).c_str());
  std::printf("|%s|%s|%s|---------|\n", std::string(work + 2, '-').c_str(), std::string(wanted + 2, '-').c_str(),
              std::string(measured + 2, '-').c_str());
  for (const auto& v : verdicts_) {
    std::printf("| %s | %s | %s | %s |\n", padded(v.work, work).c_str(), padded(v.wanted, wanted).c_str(),
                padded(v.measured, measured).c_str(), v.met ? "met    " : "NOT MET");
  }
  std::fflush(stdout);
}

}  // namespace outmap::bench
