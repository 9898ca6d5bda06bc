#include <fstream>
#include <openssl/crypto.h>
#include <string>
#include <thread>

#include "outmap/error.hpp"
#include "outmap/report.hpp"
#include "wire/parser.hpp"
