#include <dlfcn.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "bench/store_form.hpp"
#include "cache/digester.hpp"
#include "cache/writer.hpp"

namespace outmap::bench {
namespace {

template <class T>
T need(result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

cache::folder_id make_inbox(cache::store& in) {
  need(in.begin());
  cache::listed_folder inbox;
  inbox.mailbox = mailbox_name("INBOX");
  const auto id = need(in.put_folder(inbox));
  need(in.set_uid_validity(id, uid_validity{1}));
  need(in.commit());
  return id;
}

/// Blocks until the writer calls back.
class signal_once {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

void store_directly(cache::store& in, const corpus& what) {
  const auto inbox = make_inbox(in);
  std::uint32_t number = 0;
  std::size_t gathered = 0;
  const auto group = cache::writer::options().group_octets;
  need(in.begin());
  for_each_body(what, [&](std::string_view body) {
    need(in.put_body(inbox, uid{++number}, flag_set(), body));
    gathered += body.size();
    if (gathered < group) return;
    gathered = 0;
    need(in.commit());
    need(in.begin());
  });
  need(in.commit());
  need(in.make_durable());
}

void store_by_writer(std::unique_ptr<cache::store> in, const corpus& what) {
  const auto inbox = make_inbox(*in);
  cache::writer writer(std::move(in), {});
  std::uint32_t number = 0;
  for_each_body(what, [&](std::string_view body) {
    const uid which{++number};
    const bool room = writer.post(body.size() + 256, [inbox, which, octets = std::string(body)](cache::store& s) {
      return s.put_body(inbox, which, flag_set(), octets);
    });
    if (room) return;
    signal_once woken;
    writer.on_room([&] { woken.set(); });
    woken.wait();
  });
  signal_once done;
  result<void> outcome;
  writer.flush_durably([&](const result<void>& r) {
    outcome = r;
    done.set();
  });
  done.wait();
  need(outcome);
}

}  // namespace

std::string project_form::name() const {
  return which_ == thread::own ? "outmap: cache::store, one thread" : "outmap: cache::writer, two threads";
}

void project_form::store(const corpus& what, const std::filesystem::path& folder) const {
  auto store = need(cache::store::open(folder / "cache", "bench", {}));
  if (which_ == thread::own) {
    store_directly(*store, what);
  } else {
    store_by_writer(std::move(store), what);
  }
}

void digest_only::store(const corpus& what, const std::filesystem::path&) const {
  cache::digester sum;
  for_each_body(what, [&](std::string_view body) { need(sum.of(body)); });
}

std::vector<compressed> compress_all(const corpus& what) {
  // Its header is not needed for two functions, and the machine may have the library alone.
  const std::unique_ptr<void, int (*)(void*)> library(::dlopen("libzstd.so.1", RTLD_NOW),
                                                      [](void* l) { return l != nullptr ? ::dlclose(l) : 0; });
  if (!library) return {};
  using bound_function = std::size_t (*)(std::size_t);
  using make_function = void* (*)();
  using free_function = std::size_t (*)(void*);
  using compress_function = std::size_t (*)(void*, void*, std::size_t, const void*, std::size_t, int);
  const auto bound = reinterpret_cast<bound_function>(::dlsym(library.get(), "ZSTD_compressBound"));
  const auto make = reinterpret_cast<make_function>(::dlsym(library.get(), "ZSTD_createCCtx"));
  const auto free = reinterpret_cast<free_function>(::dlsym(library.get(), "ZSTD_freeCCtx"));
  const auto compress = reinterpret_cast<compress_function>(::dlsym(library.get(), "ZSTD_compressCCtx"));
  if (bound == nullptr || make == nullptr || free == nullptr || compress == nullptr) return {};

  const std::unique_ptr<void, free_function> context(make(), free);
  std::string out;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::chrono::steady_clock::duration spent{};
  for_each_body(what, [&](std::string_view body) {
    out.resize(std::max(out.size(), bound(body.size())));
    const auto began = std::chrono::steady_clock::now();
    after += compress(context.get(), out.data(), out.size(), body.data(), body.size(), 1);
    spent += std::chrono::steady_clock::now() - began;
    before += body.size();
  });
  const auto seconds = std::chrono::duration<double>(spent).count();
  return {{seconds, static_cast<double>(before) / 1e6, static_cast<double>(after) / static_cast<double>(before)}};
}

}  // namespace outmap::bench
