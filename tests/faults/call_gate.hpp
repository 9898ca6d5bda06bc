// What call_gate.cpp, preloaded into a program, counts and disturbs, and how a test tells it.
#pragma once

#include <atomic>
#include <cstdint>

namespace outmap::test {

/// Kinds of calls, as bits. Regular files and folders, and sockets; pipes, terminals and event descriptors never count.
namespace gate {
inline constexpr unsigned change = 1;    ///< write, truncate, punch, create, rename, link, unlink, mkdir
inline constexpr unsigned sync = 2;      ///< fsync, fdatasync, syncfs
inline constexpr unsigned send = 4;      ///< octets to the network
inline constexpr unsigned read = 8;      ///< octets of a file
inline constexpr unsigned receive = 16;  ///< octets of the network
inline constexpr unsigned open = 32;     ///< a file or folder that is there already
inline constexpr unsigned durable = change | sync | send;
}  // namespace gate

// Variables of the environment.
inline constexpr const char* gate_board_variable = "OUTMAP_GATE_BOARD";      ///< file of a gate_board
inline constexpr const char* gate_journal_variable = "OUTMAP_GATE_JOURNAL";  ///< file for gate_record; absent: none

enum class gate_way : std::uint32_t {
  pass,
  kill,  ///< SIGKILL in place of the call
  torn,  ///< half of the octets are written or sent, then SIGKILL; a call without octets: as kill
  fail,  ///< -1 and `code` in place of the call
  cut,   ///< half of the octets, and the call says so (a short read or write); a call without octets passes
};

/// Shared memory between test and program, so that it outlives a SIGKILL. Whoever starts the program fills in the
/// first part.
struct gate_board {
  std::uint32_t kinds = 0;  ///< which calls count
  gate_way way = gate_way::pass;
  std::uint64_t from = 0;  ///< the call with this number (from 1) is disturbed
  std::uint64_t last = 0;  ///< and those up to this one
  std::int32_t code = 0;   ///< errno
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::uint64_t> struck{0};
};

/// One change of the file system, in the order in which they were made. The path and then `size` octets follow it.
struct gate_record {
  enum class what : std::uint32_t {
    write,     ///< octets at `at`
    truncate,  ///< to `at` octets
    punch,     ///< zeros: `size` octets at `at`; none follow
    sync,      ///< the content
    sync_folder,
    sync_all,
    create,  ///< an empty file; `file` may have been another one's number before
    make_folder,
    rename,  ///< the octets are the new path
    link,    ///< the octets are the new path
    unlink,
  };
  what kind = what::write;
  std::uint32_t path_size = 0;
  std::uint64_t file = 0;  ///< inode
  std::uint64_t at = 0;
  std::uint64_t size = 0;
};

}  // namespace outmap::test
