// Clocks, sleeping, chance and the number of the process, answered by the machine.
#include "simulation/time_calls.hpp"

#include <openssl/rand.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "simulation/real_call.hpp"

namespace outmap::simulation {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// When the machine was switched on: the steady clock has run for an hour, and it is 1 August 2025.
constexpr std::int64_t steady_start = 3600 * second;
constexpr std::int64_t wall_start = 1'754'006'400 * second;
// No steady clock gets there.
constexpr std::int64_t wall_begins = 1'000'000'000 * second;

bool is_wall(clockid_t which) { return which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE; }

timespec time_of(const machine& here, clockid_t which) {
  const std::int64_t at = here.now().count() + (is_wall(which) ? wall_start : steady_start);
  return {at / second, at % second};
}

}  // namespace

instant instant_of(const timespec& when) {
  // Beyond this a wait is for ever.
  constexpr std::int64_t latest = std::int64_t{1} << 32;
  const std::int64_t at = std::min<std::int64_t>(when.tv_sec, latest) * second + when.tv_nsec;
  return instant(at - (at >= wall_begins ? wall_start : steady_start));
}

}  // namespace outmap::simulation

using namespace outmap::simulation;

extern "C" {

int clock_gettime(clockid_t which, timespec* into) noexcept {
  const auto* const here = machine::running();
  if (here == nullptr) return static_cast<int>(::syscall(SYS_clock_gettime, which, into));
  *into = time_of(*here, which);
  return 0;
}
int gettimeofday(timeval* into, void*) noexcept {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);
  *into = {at.tv_sec, at.tv_nsec / 1000};
  return 0;
}
time_t time(time_t* into) noexcept {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);
  if (into != nullptr) *into = at.tv_sec;
  return at.tv_sec;
}

int nanosleep(const timespec* length, timespec* left) {
  auto* const here = machine::running();
  if (here == nullptr) return static_cast<int>(::syscall(SYS_nanosleep, length, left));
  here->sleep(instant(length->tv_sec * second + length->tv_nsec));
  return 0;
}
int usleep(useconds_t length) {
  const timespec as{length / 1'000'000, static_cast<long>(length % 1'000'000) * 1000};
  return ::nanosleep(&as, nullptr);
}
unsigned sleep(unsigned length) {
  const timespec as{length, 0};
  ::nanosleep(&as, nullptr);
  return 0;
}

int RAND_bytes_ex(OSSL_LIB_CTX* context, unsigned char* into, std::size_t size, unsigned strength) {
  auto* const here = machine::running();
  if (here == nullptr) {
    static const auto real = real_call<int (*)(OSSL_LIB_CTX*, unsigned char*, std::size_t, unsigned)>("RAND_bytes_ex");
    return real(context, into, size, strength);
  }
  here->fill(into, size);
  return 1;
}
int RAND_bytes(unsigned char* into, int size) {
  return RAND_bytes_ex(nullptr, into, static_cast<std::size_t>(size), 0);
}

// It stands in files that are locked.
pid_t getpid() noexcept { return machine::running() != nullptr ? 4711 : static_cast<pid_t>(::syscall(SYS_getpid)); }

}  // extern "C"
