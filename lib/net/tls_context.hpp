// Builds the TLS context of a connection and reads what the handshake gave.
#pragma once

#include <asio/ssl/context.hpp>
#include <memory>
#include <openssl/ssl.h>
#include <optional>

#include "net/tls_options.hpp"
#include "outmap/error.hpp"

namespace outmap::net {

/// TLS 1.2 or newer, the library's own cipher list (OIMAP-V0074), system store plus options.ca_file.
result<std::unique_ptr<asio::ssl::context>> make_tls_context(const tls_options& options);

/// Before the handshake: SNI, and the name or address that the certificate must carry.
result<void> prepare(SSL* connection, const tls_options& options);

/// Why the certificate was refused, in our codes; `failed` if the certificate was not the reason.
error verification_error(SSL* connection, const tls_options& options, std::string_view failure);

/// The certificate that verification refused, as far as the handshake came.
std::optional<tls_facts> read_refused(SSL* connection);

/// After the handshake.
result<tls_facts> read_facts(SSL* connection);

}  // namespace outmap::net
