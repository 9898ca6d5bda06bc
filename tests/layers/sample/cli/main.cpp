#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <unistd.h>
#include "options.hpp"
#include "outmap/account.hpp"
#include "sync/engine.hpp"
