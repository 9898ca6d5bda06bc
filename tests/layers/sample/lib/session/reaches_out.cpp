#include <asio/awaitable.hpp>
#include <openssl/ssl.h>
#include "cache/store.hpp"
#include "core/x.hpp"
#include "outmap/observer.hpp"
#include "wire/response.hpp"
