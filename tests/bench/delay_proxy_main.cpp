#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/delay_proxy.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() != 4) {
    std::cerr
        << "usage: bench_delay_proxy LISTEN HOST PORT MILLISECONDS\n"
           "Passes connections to 127.0.0.1:LISTEN on to HOST:PORT; each way takes MILLISECONDS (fractions too).\n";
    return 2;
  }
  try {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    const auto delay = std::chrono::microseconds(static_cast<long>(std::stod(args[3]) * 1000));
    const outmap::bench::delay_proxy proxy(static_cast<std::uint16_t>(std::stoul(args[0])), args[1],
                                           static_cast<std::uint16_t>(std::stoul(args[2])), delay);
    std::cout << "127.0.0.1:" << proxy.port() << std::endl;
    int caught = 0;
    sigwait(&ending, &caught);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bench_delay_proxy: " << e.what() << '\n';
    return 1;
  }
}
