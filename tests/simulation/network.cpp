#include "simulation/network.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outmap::simulation {
namespace {

constexpr std::size_t window = std::size_t{64} << 10;

ssize_t failed(int why) {
  errno = why;
  return -1;
}

std::string name_of(const link& over, int from) { return std::to_string(over.number) + (from == 0 ? " up" : " down"); }

}  // namespace

network* network::running_ = nullptr;

network::network(machine& on) : on_(on) { running_ = this; }
network::~network() { running_ = nullptr; }

instant network::arrival(link& over, int from) {
  auto& f = over.flows[from];
  const auto jitter = std::chrono::nanoseconds(over.plan.jitter).count();
  const auto when = on_.now() + instant(over.plan.latency) + instant(on_.below(static_cast<std::uint64_t>(jitter) + 1));
  f.last = std::max(f.last + instant(1), when);
  return f.last;
}

void network::send(const std::shared_ptr<link>& over, int from, std::string octets) {
  std::size_t at = 0;
  while (at < octets.size()) {
    const auto rest = octets.size() - at;
    const auto most = over->plan.piece == 0 ? rest : std::min<std::size_t>(rest, 1 + on_.below(over->plan.piece));
    on_.at(arrival(*over, from), [this, over, from, piece = octets.substr(at, most)] { arrive(over, from, piece); });
    at += most;
  }
}

void network::arrive(const std::shared_ptr<link>& over, int from, const std::string& piece) {
  auto& f = over->flows[from];
  f.travelling -= piece.size();
  stream* const to = over->ends[1 - from];
  if (over->silent || over->broken[1 - from]) return;
  if (to == nullptr) return reset_end(over, from);
  on_.trace().note(on_.now(), "octets " + name_of(*over, from), piece);
  f.arrived += piece;
  ++to->news_in;
}

void network::reset_end(const std::shared_ptr<link>& over, int which) {
  on_.at(arrival(*over, 1 - which), [this, over, which] {
    if (over->silent || over->broken[which]) return;
    on_.trace().note(on_.now(), "reset " + name_of(*over, 1 - which));
    over->broken[which] = true;
    if (over->ends[which] != nullptr) over->ends[which]->tell();
  });
}

void network::break_up(const std::shared_ptr<link>& over, bool by_reset) {
  on_.trace().note(on_.now(), "break " + name_of(*over, 0));
  over->deaf = true;
  over->silent = false;
  for (int end : {0, 1}) {
    over->flows[end].ended = true;
    over->broken[end] = over->broken[end] || by_reset;
    if (over->ends[end] != nullptr) over->ends[end]->tell();
  }
}

void network::lose_client() {
  client_lives_ = false;
  for (const auto& held : links_) {
    const auto over = held.lock();
    if (!over) continue;
    over->broken[0] = true;
    over->lost = true;
    if (over->ends[0] != nullptr) over->ends[0]->tell();
    if (!over->silent) reset_end(over, 1);
  }
}

void network::give_up_silent() {
  for (const auto& held : links_) {
    const auto over = held.lock();
    if (over && over->silent) break_up(over, true);
  }
  std::erase_if(links_, [](const auto& held) { return held.expired(); });
}

stream::~stream() {
  auto* const net = network::running();
  if (net == nullptr || !over_) return;
  over_->ends[end_] = nullptr;
  if (!in().arrived.empty()) {
    net->reset_end(over_, 1 - end_);
  } else if (!shut_out_) {
    send_end();
  }
}

void stream::send_end() {
  auto* const net = network::running();
  if (over_->deaf || over_->lost || over_->broken[end_]) return;
  net->on_.at(net->arrival(*over_, end_), [net, over = over_, from = end_] {
    if (over->silent || over->flows[from].ended) return;
    net->on_.trace().note(net->on_.now(), "end " + name_of(*over, from));
    over->flows[from].ended = true;
    if (over->ends[1 - from] != nullptr) over->ends[1 - from]->tell();
  });
}

std::size_t stream::room() const {
  const auto held = out().travelling + out().arrived.size();
  return held >= window ? 0 : window - held;
}

short stream::state() const {
  if (!over_) return static_cast<short>(failure_ != 0 ? POLLIN | POLLOUT | POLLERR | POLLHUP : 0);
  int out_bits = 0;
  const bool gone = over_->broken[end_];
  if (!in().arrived.empty() || in().ended || gone || shut_in_) out_bits |= POLLIN;
  if (room() > 0 || gone || over_->deaf || shut_out_) out_bits |= POLLOUT;
  if (in().ended || gone) out_bits |= POLLRDHUP;
  if (gone) out_bits |= POLLHUP | POLLERR;
  return static_cast<short>(out_bits);
}

ssize_t stream::read(void* into, std::size_t size) {
  if (!over_) return failed(ENOTCONN);
  auto* const net = network::running();
  if (owner == party::client && net->strike) net->strike();
  if (over_->broken[end_] && owner == party::client && !net->client_lives_) return failed(ECONNRESET);
  auto& from = in().arrived;
  if (from.empty()) {
    if (over_->broken[end_]) return failed(ECONNRESET);
    if (in().ended || shut_in_) return 0;
    return failed(EAGAIN);
  }
  auto now = std::min(size, from.size());
  if (over_->plan.piece != 0 && net->on_.chance(30)) now = 1 + net->on_.below(now);
  std::memcpy(into, from.data(), now);
  from.erase(0, now);
  if (over_->ends[1 - end_] != nullptr) ++over_->ends[1 - end_]->news_out;
  return static_cast<ssize_t>(now);
}

ssize_t stream::write(const void* octets, std::size_t size) {
  if (!over_) return failed(ENOTCONN);
  auto* const net = network::running();
  if (owner == party::client && net->strike) net->strike();
  if (over_->broken[end_] || over_->deaf || shut_out_) return failed(over_->broken[end_] ? ECONNRESET : EPIPE);
  const auto free = room();
  if (size == 0) return 0;
  if (free == 0) return failed(EAGAIN);
  auto now = std::min(size, free);
  if (over_->plan.piece != 0 && net->on_.chance(20)) now = 1 + net->on_.below(now);
  auto& f = out();
  std::string piece(static_cast<const char*>(octets), now);
  net->on_.trace().note(net->on_.now(), "sent " + name_of(*over_, end_), piece);
  const auto& limit = end_ == 0 ? over_->plan.cut_up : over_->plan.cut_down;
  const auto before = f.sent;
  f.sent += now;
  if (over_->lost) return static_cast<ssize_t>(now);
  const bool breaks = limit && f.sent >= *limit;
  if (breaks) piece.resize(*limit > before ? *limit - before : 0);
  f.travelling += piece.size();
  net->send(over_, end_, std::move(piece));
  if (!breaks) return static_cast<ssize_t>(now);
  over_->lost = true;
  const bool reset = net->on_.chance(50);
  net->on_.at(net->arrival(*over_, end_), [net, over = over_, reset] {
    if (!over->plan.stalls) return net->break_up(over, reset);
    net->on_.trace().note(net->on_.now(), "silent " + name_of(*over, 0));
    over->silent = true;
  });
  return static_cast<ssize_t>(now);
}

void stream::shut(bool reading, bool writing) {
  if (!over_) return;
  if (reading) shut_in_ = true;
  if (writing && !std::exchange(shut_out_, true)) send_end();
  tell();
}

int stream::connect(std::uint16_t port) {
  auto* const net = network::running();
  if (net->strike) net->strike();
  if (!net->client_lives_) return static_cast<int>(failed(ENETUNREACH));
  auto fresh = std::make_shared<link>();
  fresh->number = ++net->last_;
  if (net->plan) fresh->plan = net->plan(fresh->number);
  net->on_.trace().note(net->on_.now(), "connect " + std::to_string(fresh->number));
  const auto when = net->on_.now() + 2 * instant(fresh->plan.latency);
  net->on_.at(when, [me = std::weak_ptr(weak_from_this()), port, fresh] {
    if (const auto alive = std::static_pointer_cast<stream>(me.lock())) alive->connected(port, fresh);
  });
  return static_cast<int>(failed(EINPROGRESS));
}

void stream::connected(std::uint16_t port, const std::shared_ptr<link>& fresh) {
  auto* const net = network::running();
  const auto to = net->listeners_.find(port);
  if (!net->client_lives_ || fresh->plan.refused || to == net->listeners_.end()) {
    failure_ = net->client_lives_ ? ECONNREFUSED : ENETUNREACH;
    return tell();
  }
  over_ = fresh;
  auto other = std::make_shared<stream>();
  other->over_ = fresh;
  other->end_ = 1;
  other->owner = party::server;
  fresh->ends[0] = this;
  fresh->ends[1] = other.get();
  net->links_.push_back(fresh);
  to->second->waiting_.push_back(std::move(other));
  ++to->second->news_in;
  tell();
}

listener::~listener() {
  if (auto* const net = network::running(); net != nullptr) net->listeners_.erase(port_);
}

short listener::state() const { return waiting_.empty() ? short{0} : short{POLLIN}; }

void listener::bind(std::uint16_t port) {
  auto* const net = network::running();
  port_ = port != 0 ? port : ++net->last_port_;
  net->listeners_[port_] = this;
}

std::shared_ptr<stream> listener::accept() {
  if (waiting_.empty()) return nullptr;
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

}  // namespace outmap::simulation
