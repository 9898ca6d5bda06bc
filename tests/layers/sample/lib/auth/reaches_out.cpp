#include <ntlm.h>
#include <openssl/evp.h>
#include <random>
#include <sqlite3.h>
#include "wire/encoder.hpp"
