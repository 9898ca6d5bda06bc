#include <asio/ip/tcp.hpp>
#include <ntlm.h>
#include <openssl/ssl.h>
#include <thread>
#include "session/session.hpp"
