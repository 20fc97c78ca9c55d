package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/query"
)

// settings is what the database may see of a request, as PostgREST shows it: method, path (below the mount), headers and
// cookies, the last two as JSON objects.
func settings(r *http.Request, path string) []query.Setting {
	return []query.Setting{
		{Name: "request.method", Value: r.Method},
		{Name: "request.path", Value: path},
		{Name: "request.headers", Value: headersObject(r)},
		{Name: "request.cookies", Value: cookiesObject(r)},
	}
}

// headersObject has the headers by their names in small letters, in the order of these. Every request needs it, so it is
// written by hand, and what it takes on the way has room on the stack: 1 KiB holds a token and what browsers send.
func headersObject(r *http.Request) string {
	names := make([]string, 0, 24)
	for name := range r.Header {
		if name != "Host" {
			names = append(names, name)
		}
	}
	host := r.Host
	if host == "" {
		host = r.Header.Get("Host")
	}
	if host != "" {
		names = append(names, "Host")
	}
	slices.Sort(names)
	b := make([]byte, 0, 1024)
	for i, name := range names {
		b = append(b, separator(i))
		b = appendName(b, name)
		b = append(b, ':')
		if name == "Host" {
			b = appendString(b, host)
		} else {
			b = appendString(b, strings.Join(r.Header[name], ", "))
		}
	}
	return closed(b)
}

// cookiesObject has the cookies by their names; of several with one name the last counts.
func cookiesObject(r *http.Request) string {
	if r.Header["Cookie"] == nil {
		return "{}"
	}
	cookies := map[string]string{}
	for _, c := range r.Cookies() {
		cookies[c.Name] = c.Value
	}
	encoded, _ := json.Marshal(cookies) // a map of strings always encodes
	return string(encoded)
}

// separator stands before the i-th member of an object.
func separator(i int) byte {
	if i == 0 {
		return '{'
	}
	return ','
}

// closed ends an object, which may have no member.
func closed(b []byte) string {
	if len(b) == 0 {
		return "{}"
	}
	return string(append(b, '}'))
}

// appendName appends the name of a header as JSON, in small letters. Names are ASCII (RFC 9110, 5.1).
func appendName(b []byte, name string) []byte {
	start := len(b)
	b = appendString(b, name)
	for i, c := range b[start:] {
		if 'A' <= c && c <= 'Z' {
			b[start+i] = c + ('a' - 'A')
		}
	}
	return b
}

// appendString appends a string as JSON.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			encoded, _ := json.Marshal(s) // a string always encodes
			return append(b, encoded...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
