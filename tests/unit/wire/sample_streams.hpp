// Streams that a server may send, for the tests that cut and damage them.
#pragma once

#include <string>
#include <vector>

namespace outmap::wire::test {

inline const std::vector<std::string>& sample_streams() {
  static const std::vector<std::string> all = {
      "* OK [CAPABILITY IMAP4rev1 AUTH=NTLM] ready {5}\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na1 OK done\r\n",
      "+ \r\n+\r\n+ TlRMTVNTUAACAAAA\r\na2 NO [ALERT] \"unmatched quote {17}\r\n* BYE [X \"]\"] gone\r\n",
      "* LIST (\\Noselect) \"/\" \"\"\r\n* LIST () \"/\" {5}\r\na\"b\\c\r\n* LSUB () NIL \"Sent Items\"\r\n"
      "* LIST () {1}\r\n. {4+}\r\nx (y (\"CHILDINFO\" (\"A\"))\r\n* LIST () \"\\\\\" my mail\n* LIST () \"/\" "
      "{0}\r\n\r\n",
      "* STATUS \"a b\" (MESSAGES 3 UNSEEN 2)\r\n* STATUS {3}\r\na)b (UNSEEN 1)\r\n* STATUS a (b) (UNSEEN 4)\r\n",
      "* FLAGS (\\Seen \\Draft $MDNSent)\r\n* 3 EXISTS\r\n\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 77] x\r\n* 2 EXPUNGE\r\n"
      "* SEARCH 1 2 3\r\na3 OK [READ-WRITE] selected\r\n",
      "* 17 FETCH (UID 1234 FLAGS (\\Seen \\Recent $X $x) RFC822.SIZE 44 INTERNALDATE \"17-Jul-1996 02:44:25 "
      "-0700\")\r\n",
      "* 1 FETCH (UID 7 BODY[HEADER] {14}\r\nSubject: {3}\r\n BODY[] {28}\r\nA: b\r\n\r\n* 5 EXISTS\r\n)\r\n{9}\r\n"
      " FLAGS (\\Seen))\r\n* 2 FETCH (BODY[]<0> {3}\r\n\r\n) UID 8 RFC822 {0}\r\n)\r\na4 OK done\r\n",
      "* 3 FETCH (BODY[TEXT] {6}\r\n)\r\n {\r UID 9 BODY[HEADER.FIELDS ({4}\r\nFROM)] {2}\r\n\r\n BINARY[1] ~{1}\r\nx "
      "BODY[] \"q\\\"\")\r\n",
      "* 4 FETCH (ENVELOPE (\"d\" {5}\r\n\"s)\r\n ((\"N\" NIL \"u\" \"h\")) NIL NIL NIL NIL NIL NIL \"<i>\") "
      "BODYSTRUCTURE ((\"TEXT\" "
      "\"PLAIN\" (\"CHARSET\" {3}\r\nx)y) NIL NIL \"7BIT\" 2 1)(\"A\" \"B\" NIL) \"MIXED\") UID 10)\r\na5 BAD what\r\n",
      "* LIST NIL \"/\" a\tb\r\n* LIST (\"\\Noselect\") \"/\" {3}\r\na\\b\r\n* STATUS a NIL\r\n* STATUS b (UNSEEN "
      "\"3\")\r\n"
      "+TlRM\r\n* 1 FETCH (UID \"7\" INTERNALDATE 1-Jul-2020 10:00:00 BODY[] {2}\r\nab FLAGS NIL)\r\n"
      "a6 OK [Error=\"a ] b\" Proxy=c] {3}\r\n* 2 FETCH NIL\r\n",
  };
  return all;
}

}  // namespace outmap::wire::test
