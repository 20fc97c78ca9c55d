package gateway

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// answer collects what a handler writes, with the rules of net/http's own server: the headers count as they are at the
// first byte, a status is set once, HEAD, 204 and 304 have no body, and an unnamed content type is guessed.
//
// It is no http.Flusher: nothing leaves before the handler is done, and a handler that streams should learn so.
type answer struct {
	header   http.Header // what the handler sees
	sent     http.Header // header as it was at the first byte; nil before it
	status   int
	body     []byte
	head     bool // the request is a HEAD: the body is counted as written and not kept
	overflow bool // the body alone is over MaxResponse; the rest of it was not kept
}

// sniffed is how many bytes http.DetectContentType looks at.
const sniffed = 512

func newAnswer(method string) *answer {
	return &answer{header: http.Header{}, head: method == http.MethodHead}
}

// Header is the header that will be sent, until the first call of WriteHeader or Write.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status once. Informational statuses are dropped: a response of Lambda has one status. A number that
// is no status panics, as it does in net/http.
func (a *answer) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid status code %d", status))
	case a.sent != nil || (status < 200 && status != http.StatusSwitchingProtocols):
		return
	}
	a.status, a.sent = status, a.header.Clone()
}

// Write adds to the body. It gives http.ErrBodyNotAllowed for a status that has none.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if len(p) > 0 && !bodyAllowed(a.status) {
		return 0, http.ErrBodyNotAllowed
	}
	room := MaxResponse + 1 - len(a.body)
	if a.head {
		room = sniffed - len(a.body)
	}
	kept := min(len(p), max(room, 0))
	a.body = append(a.body, p[:kept]...)
	a.overflow = a.overflow || (!a.head && kept < len(p))
	return len(p), nil
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// text gives the body as a response carries it: text as it is, everything else in base64 with true. A text that is not
// UTF-8 is not text, because the response is JSON.
func (a *answer) text() (body string, base64ed bool) {
	switch {
	case a.head || len(a.body) == 0:
		return "", false
	case a.sent.Get("Content-Encoding") == "" && isText(a.sent.Get("Content-Type")) && utf8.Valid(a.body):
		return string(a.body), false
	default:
		return base64.StdEncoding.EncodeToString(a.body), true
	}
}

// finish settles the status and the headers after the handler has returned. It leaves out those that describe a connection
// which the gateway makes itself.
func (a *answer) finish() {
	a.WriteHeader(http.StatusOK)
	_, typed := a.sent["Content-Type"]
	if !typed && len(a.body) > 0 && a.sent.Get("Content-Encoding") == "" {
		a.sent.Set("Content-Type", http.DetectContentType(a.body[:min(len(a.body), sniffed)]))
	}
	if a.status == http.StatusNotModified {
		a.sent.Del("Content-Type")
	}
	for name := range a.sent {
		if connectionHeader(name) {
			delete(a.sent, name)
		}
	}
}

// connectionHeader says whether a header belongs to the connection between the gateway and its caller: the hop-by-hop
// fields of RFC 9110 (section 7.6.1), the length, which changes with base64, and net/http's trailers.
func connectionHeader(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length":
		return true
	default:
		return strings.HasPrefix(name, http.TrailerPrefix)
	}
}

// isText says whether a media type is text that a JSON string can carry unchanged, if its bytes are UTF-8.
func isText(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		t = strings.ToLower(strings.TrimSpace(strings.Split(contentType, ";")[0]))
	}
	switch t {
	case "application/json", "application/xml", "application/javascript", "application/yaml", "application/x-ndjson",
		"application/x-www-form-urlencoded", "application/openapi", "application/graphql", "application/sql":
		return true
	default:
		return strings.HasPrefix(t, "text/") || strings.HasPrefix(t, "application/vnd.pgrst.") ||
			strings.HasSuffix(t, "+json") || strings.HasSuffix(t, "+xml") || strings.HasSuffix(t, "+yaml")
	}
}
