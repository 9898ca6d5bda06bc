// One level of a mailbox name as the name of a folder on disk.
#pragma once

#include <string>
#include <string_view>

namespace outmap::archive {

/// No result of local_name() has more octets than this.
constexpr std::size_t local_name_octets = 200;

/// A name that every common file system takes and no program misreads, different for different components. As they are:
/// letters of any script, digits, spaces and most punctuation. As %XX for each octet:
///   / \ : * ? " < > | %, control characters, characters that hide or turn text, octets that are not UTF-8;
///   combining marks, since a file system that normalises takes a composed letter and its parts for the same;
///   a leading dot, a trailing dot or space;
///   the first letter of cur, new and tmp (Maildir), of what ends in .eml (message files) and of Windows' device names
///   (CON, NUL, COM1 …), in any case;
///   a tilde that starts an ending like the one below.
/// An empty component becomes "%". A result over local_name_octets is cut between characters and ends in "~" and the
/// first 16 hexadecimal digits of the SHA-256 of the whole component.
std::string local_name(std::string_view component);

/// The component of which local_name() makes `local`; `local` itself where there is none.
std::string component_of(std::string_view local);

/// "~" and the first 16 hexadecimal digits of the SHA-256 of `text`.
std::string digest_suffix(std::string_view text);
/// Ends like one.
bool has_digest_suffix(std::string_view name);

/// What a file system that ignores case makes of a name: equal keys mean that the names may clash. Simple case folding.
std::string case_key(std::string_view name);

}  // namespace outmap::archive
