// Package corpus is a set of requests, and the database they are made for, that any way of carrying requests to the API can
// be tested with: the same requests in the same order on a fresh copy of the database give the same answers.
//
// The requests are under requests/, one txtar file per theme. An entry's name says what it is about; its text is
//
//	# 206                                   the status that the answer must have
//	GET /rest/v1/book?select=id             the request line
//	Prefer: count=exact                     header fields, in order; a name may come twice
//
//	{"id": 1}                               the body, without newlines at its end; "base64:..." for octets
//
// $ANON, $SERVICE, $ALICE, $BOB, $EXPIRED, $FORGED and $STRANGER stand for tokens, $MANY and $LONG for long values.
package corpus
