#include "faults/failing_allocations.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace {

std::atomic<std::uint64_t> seen{0};
std::atomic<std::uint64_t> failing{UINT64_MAX};
std::atomic<bool> struck{false};
std::atomic<bool> counting{false};
thread_local bool counts = false;

bool refused() {
  if (!counts || !counting) return false;
  if (++seen != failing) return false;
  struck = true;
  return true;
}

void* allocate(std::size_t size) { return refused() ? nullptr : std::malloc(size != 0 ? size : 1); }

void* allocate_aligned(std::size_t size, std::align_val_t alignment) {
  if (refused()) return nullptr;
  const auto to = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(to, (size + to - 1) / to * to);
}

void* or_throw(void* got) {
  if (got == nullptr) throw std::bad_alloc();
  return got;
}

sqlite3_mem_methods of_sqlite;

// Before main(): SQLite takes it before its first use only.
const bool taken = [] {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &of_sqlite) != SQLITE_OK) return false;
  auto mine = of_sqlite;
  mine.xMalloc = [](int size) { return refused() ? nullptr : of_sqlite.xMalloc(size); };
  mine.xRealloc = [](void* old, int size) { return refused() ? nullptr : of_sqlite.xRealloc(old, size); };
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &mine) == SQLITE_OK;
}();

struct start_of_thread {
  void* (*run)(void*);
  void* with;
};

extern "C" void* begin_counted(void* plan) {
  const std::unique_ptr<start_of_thread> mine(static_cast<start_of_thread*>(plan));
  counts = true;
  return mine->run(mine->with);
}

}  // namespace

// A thread counts as the one that starts it.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*run)(void*), void* with) noexcept {
  using create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<create>(::dlsym(RTLD_NEXT, "pthread_create"));
  if (!counts || !counting) return real(thread, how, run, with);
  const bool own = std::exchange(counts, false);
  auto plan = std::make_unique<start_of_thread>(start_of_thread{run, with});
  const int answer = real(thread, how, begin_counted, plan.get());
  if (answer == 0) static_cast<void>(plan.release());
  counts = own;
  return answer;
}

void* operator new(std::size_t size) { return or_throw(allocate(size)); }
void* operator new[](std::size_t size) { return or_throw(allocate(size)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t to) { return or_throw(allocate_aligned(size, to)); }
void* operator new[](std::size_t size, std::align_val_t to) { return or_throw(allocate_aligned(size, to)); }
void operator delete(void* what) noexcept { std::free(what); }
void operator delete[](void* what) noexcept { std::free(what); }
void operator delete(void* what, std::size_t) noexcept { std::free(what); }
void operator delete[](void* what, std::size_t) noexcept { std::free(what); }
void operator delete(void* what, std::align_val_t) noexcept { std::free(what); }
void operator delete[](void* what, std::align_val_t) noexcept { std::free(what); }
void operator delete(void* what, std::size_t, std::align_val_t) noexcept { std::free(what); }
void operator delete[](void* what, std::size_t, std::align_val_t) noexcept { std::free(what); }

namespace outmap::test {

allocations_counted::allocations_counted(std::uint64_t which) {
  if (!taken) std::abort();
  ::seen = 0;
  ::struck = false;
  failing = which;
  counts = true;
  counting = true;
}

allocations_counted::~allocations_counted() {
  counting = false;
  counts = false;
}

std::uint64_t allocations_counted::seen() const { return ::seen; }
bool allocations_counted::struck() const { return ::struck; }

}  // namespace outmap::test
