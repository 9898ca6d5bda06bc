#include <asio/awaitable.hpp>
#include <thread>
#include "cache/records.hpp"
