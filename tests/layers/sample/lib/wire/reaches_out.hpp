#pragma once
#include <asio.hpp>
  #  include <sys/socket.h>
#include "core/x.hpp"
#include "../cache/store.hpp"
#include "profile/command.hpp"
#include HEADER
// #include "cache/store.hpp"
