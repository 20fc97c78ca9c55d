// Package refresh reads and writes refresh tokens, and decides what happens to one that is presented.
//
// It stands at the bottom of the auth service: a flow recognises the text of a token here (Recognise), fetches what it
// names, and asks for the decision. Everything is a pure function of its arguments and the clock that comes with them;
// nothing knows the database or HTTP.
//
// There are two kinds of tokens. V1 is a random text with a row of its own in auth.refresh_tokens; moved projects bring
// them along. V2, which new sessions get, is a signed message that names a session and counts its refreshes; the session
// row holds the key and the counter. Both forms are GoTrue's, byte for byte.
//
// The text of a token, and a key, never appears when a value of this package is printed or logged.
package refresh
