#pragma once
#include <asio/any_io_executor.hpp>
#include <openssl/ssl.h>
#include <string>
#include <tl/expected.hpp>
#include "outmap/error.hpp"
#include "sqlite3.h"
#include "wire/parser.hpp"
