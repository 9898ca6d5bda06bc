#include "mime/flowed_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "outmap/readable.hpp"

using outmap::make_readable;
using outmap::mime::join_flowed;

TEST_CASE("RFC 3676 4.1 lines that end with a space go on in the next one") {
  CHECK(join_flowed("one \ntwo \nthree\nfour\n", false) == "one two three\nfour\n");
  CHECK(join_flowed("one \n\ntwo\n", false) == "one \ntwo\n");
  CHECK(join_flowed("one\ntwo", false) == "one\ntwo");
  CHECK(join_flowed("the end of all \n", false) == "the end of all\n");
  CHECK(join_flowed("the end of all ", false) == "the end of all");
  CHECK(join_flowed("", false) == "");
  CHECK(join_flowed("\n\n", false) == "\n\n");
}

TEST_CASE("RFC 3676 4.1 with DelSp the space belongs to the break") {
  CHECK(join_flowed("\xe6\x97\xa5 \n\xe6\x9c\xac\n", true) == "\xe6\x97\xa5\xe6\x9c\xac\n");
  CHECK(join_flowed("one  \ntwo \n", true) == "one two\n");
}

TEST_CASE("RFC 3676 4.3 a signature begins with a line of its own") {
  CHECK(join_flowed("text \n-- \nAnna \nBerlin\n", false) == "text\n-- \nAnna Berlin\n");
  CHECK(join_flowed("-- \nAnna\n", true) == "-- \nAnna\n");
  CHECK(join_flowed("> text \n> -- \n> Ben\n", false) == "> text\n> -- \n> Ben\n");
  CHECK(join_flowed("-- no \nsignature\n", false) == "-- no signature\n");
}

TEST_CASE("RFC 3676 4.4 stuffed spaces are taken off") {
  CHECK(join_flowed(" From here\n > no quote\n  two\n", false) == "From here\n> no quote\n two\n");
  CHECK(join_flowed(" \nnext\n", false) == "\nnext\n");
}

TEST_CASE("RFC 3676 4.5 quoted paragraphs are joined within their depth") {
  CHECK(join_flowed(">> deep \n>> er\n> he \nme\n> said \n> so\n", false) == ">> deep er\n> he\nme\n> said so\n");
  CHECK(join_flowed(">\n>none\n", false) == "> \n> none\n");
  CHECK(join_flowed("> a \n>> b\n", true) == "> a\n>> b\n");
}

TEST_CASE("RFC 3676 plain text that says format=flowed is shown as its writer saw it, and no other") {
  const auto read = [](const std::string& type) {
    return make_readable("Content-Type: " + type +
                         "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA long =\r\nline \r\ngoes on.=20\r\n"
                         "> quoted=20\r\n> too\r\n--=20\r\nAnna\r\n")
        .text;
  };
  CHECK(read("text/plain; charset=utf-8; format=flowed") == "A long line goes on.\n> quoted too\n-- \nAnna\n");
  CHECK(read("TEXT/PLAIN; Format=\"Flowed\"; DelSp=Yes") == "A long linegoes on.\n> quotedtoo\n-- \nAnna\n");
  const std::string as_it_is = "A long line \ngoes on. \n> quoted \n> too\n-- \nAnna\n";
  CHECK(read("text/plain") == as_it_is);
  CHECK(read("text/plain; format=fixed; delsp=yes") == as_it_is);
  CHECK(read("text/csv; format=flowed") == as_it_is);
}
