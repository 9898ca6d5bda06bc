// Threads, mutexes and conditions, answered by the machine. A mutex is kept in the caller's own object: the program has
// one thread, so nothing but the turns of the machine comes between two accesses.
#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>

#include "simulation/machine.hpp"
#include "simulation/real_call.hpp"
#include "simulation/time_calls.hpp"

namespace outmap::simulation {
namespace {

// Of the place that glibc has for its own; zeros are an open mutex.
struct mutex_form {
  unsigned owner;
  unsigned count;
};

mutex_form& form_of(pthread_mutex_t* mutex) { return *reinterpret_cast<mutex_form*>(mutex); }
bool is_recursive(const pthread_mutex_t* mutex) { return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE; }

unsigned self() {
  const auto* const here = machine::running();
  return here == nullptr ? 1U : static_cast<unsigned>(here->self());
}

int take(pthread_mutex_t* mutex, bool may_wait) {
  auto& form = form_of(mutex);
  const auto me = self();
  if (form.count != 0 && form.owner == me && is_recursive(mutex)) {
    ++form.count;
    return 0;
  }
  if (form.count != 0) {
    auto* const here = machine::running();
    if (!may_wait || here == nullptr) return EBUSY;
    here->wait([&] { return form.count == 0; });
  }
  form.owner = me;
  form.count = 1;
  return 0;
}

struct waiter {
  bool called = false;
};

// Who waits for which condition, in the order in which they came.
std::map<const void*, std::list<waiter*>>& waiters() {
  static std::map<const void*, std::list<waiter*>> all;
  return all;
}

void call(pthread_cond_t* condition, bool all) {
  auto* const here = machine::running();
  const auto found = waiters().find(condition);
  if (here == nullptr || found == waiters().end()) return;
  auto& who = found->second;
  while (!who.empty()) {
    auto next = who.begin();
    if (!all) std::advance(next, static_cast<std::ptrdiff_t>(here->below(who.size())));
    (*next)->called = true;
    who.erase(next);
    if (!all) break;
  }
  if (who.empty()) waiters().erase(found);
}

int wait_for(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<instant> until) {
  auto* const here = machine::running();
  if (here == nullptr) return EINVAL;
  waiter me;
  waiters()[condition].push_back(&me);
  form_of(mutex) = {};
  here->wait([&] { return me.called; }, until);
  if (!me.called) {
    const auto mine = waiters().find(condition);
    mine->second.remove(&me);
    if (mine->second.empty()) waiters().erase(mine);
  }
  take(mutex, true);
  return me.called ? 0 : ETIMEDOUT;
}

}  // namespace
}  // namespace outmap::simulation

using namespace outmap::simulation;

// The names of glibc.
extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept { return take(mutex, true); }

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept { return take(mutex, false); }

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  auto& form = form_of(mutex);
  if (form.count > 0 && --form.count > 0) return 0;
  form = {};
  if (auto* const here = machine::running(); here != nullptr) here->yield_perhaps();
  return 0;
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  call(condition, false);
  return 0;
}
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  call(condition, true);
  return 0;
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return wait_for(condition, mutex, std::nullopt);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  return wait_for(condition, mutex, instant_of(*until));
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t, const timespec* until) {
  return wait_for(condition, mutex, instant_of(*until));
}

int pthread_create(pthread_t* into, const pthread_attr_t* attributes, void* (*what)(void*), void* with) noexcept {
  auto* const here = machine::running();
  if (here == nullptr) {
    static const auto real =
        real_call<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
    return real(into, attributes, what, with);
  }
  *into = static_cast<pthread_t>(here->start([what, with] { what(with); }));
  here->yield_perhaps();
  return 0;
}
int pthread_join(pthread_t which, void** result) {
  auto* const here = machine::running();
  if (here == nullptr) {
    static const auto real = real_call<int (*)(pthread_t, void**)>("pthread_join");
    return real(which, result);
  }
  here->wait([&] { return here->ended(which); });
  return 0;
}
int pthread_detach(pthread_t which) noexcept {
  if (machine::running() != nullptr) return 0;
  static const auto real = real_call<int (*)(pthread_t)>("pthread_detach");
  return real(which);
}

}  // extern "C"
