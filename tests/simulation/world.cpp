#include "simulation/world.hpp"

#include <exception>

namespace outmap::simulation {
namespace {

const test::temp_dir& with_folder(const test::temp_dir& dir) {
  std::filesystem::create_directories(dir.path() / "client");
  return dir;
}

}  // namespace

world::world(std::uint64_t seed, exchange::personality behaves)
    : machine_(seed), network_(machine_), disk_(machine_, with_folder(dir_).path() / "client") {
  descriptors::all().begin_anew();
  exchange::server_options options;
  options.behaves = std::move(behaves);
  options.behaves.take_passwords_without_tls();
  options.accounts = {{"anna", secret("s3cret")}};
  server_ = std::make_unique<exchange::server>(std::move(options));
  machine_.as(party::server, [&] {
    if (const auto up = server_->start(); !up) throw wrong("the server does not start: " + up.error().message());
  });
  disk_.strike = network_.strike = [this] { strike(); };
}

world::~world() {
  machine_.as(party::server, [&] { server_.reset(); });
  machine_.wait([&] { return machine_.threads_of(party::client) == 0; });
}

void world::strike() {
  if (!left_to_death_ || machine_.whose() != party::client) return;
  if (*left_to_death_ > 0) {
    --*left_to_death_;
    return;
  }
  left_to_death_.reset();
  ++(with_power_ ? counts.power_cuts : counts.deaths);
  disk_.end_program(with_power_);
  network_.lose_client();
  // What is left of it is to unwind soon. Not from here: the caller may be in the middle of anything.
  machine_.start([this] {
    const auto all = accounts_;
    for (const auto& one : all) cancel(one.first);
  });
}

void world::cancel(std::uint64_t which) {
  if (const auto found = accounts_.find(which); found != accounts_.end()) found->second->cancel();
}

void world::offer::cancel_after(instant length) const {
  in_.machine_.start([&in = in_, length, number = number_] {
    in.machine_.sleep(length);
    in.cancel(number);
  });
}

void world::at_once(const std::function<void()>& one, const std::function<void()>& other) {
  std::exception_ptr thrown;
  const auto beside = machine_.start([&] {
    try {
      other();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  try {
    one();
  } catch (...) {
    machine_.wait([&] { return machine_.ended(beside); });
    throw;
  }
  machine_.wait([&] { return machine_.ended(beside); });
  if (thrown) std::rethrow_exception(thrown);
}

bool world::run(const disturbance& how, const std::function<void()>& what) {
  network_.plan = how.links;
  left_to_death_ = how.death;
  with_power_ = how.power;
  disk_.trouble = how.trouble;
  std::exception_ptr thrown;
  try {
    what();
  } catch (...) {
    thrown = std::current_exception();
  }
  left_to_death_.reset();
  disk_.trouble = {};
  network_.plan = nullptr;
  const bool died = disk_.program_ended();
  if (died) bury();
  network_.give_up_silent();
  // What a program that died has to say counts for nothing.
  if (thrown && !died) std::rethrow_exception(thrown);
  return died;
}

void world::bury() {
  machine_.wait([&] { return machine_.threads_of(party::client) == 0; });
  disk_.begin_anew();
  network_.client_lives_again();
}

}  // namespace outmap::simulation
