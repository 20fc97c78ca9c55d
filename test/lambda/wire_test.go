package lambda_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/test/corpus"
)

// answer is a response apart from what carried it.
type answer struct {
	Status int
	Header map[string]string // the values of a field joined by ", "
	Cookie []string
	Body   string
}

// host is the name that every request is sent to, whatever carries it.
const host = "api.example.com"

// send writes a request to a server byte for byte, on a connection of its own, and reads the response.
func send(t testing.TB, address string, r corpus.Request) answer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = conn.Write(encode(r)) }()
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return answer{Status: res.StatusCode, Header: comparable(res.Header), Cookie: res.Header["Set-Cookie"], Body: string(body)}
}

func encode(r corpus.Request) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r.Method, r.Target, host)
	if len(r.Body) > 0 || r.Method == "POST" || r.Method == "PATCH" || r.Method == "PUT" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	for _, f := range r.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	return b.Bytes()
}

// comparable is what of a header must be the same however the answer was carried. It is the one place that forgives a
// difference:
//
//   - Date, Connection, Content-Length and Transfer-Encoding belong to the connection, which the gateway makes;
//   - a field in several lines and the same values in one line, separated by ", ", mean the same (RFC 9110, section 5.3).
//     Set-Cookie is the exception, and is compared line by line.
func comparable(h http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		switch name {
		case "Date", "Connection", "Content-Length", "Transfer-Encoding", "Set-Cookie":
		default:
			out[name] = strings.Join(values, ", ")
		}
	}
	return out
}

// sendAll sends the corpus to a handler and gives the answers by name. Every request carries an id of its own, so that the
// answers to it can be compared too.
func sendAll(t testing.TB, h http.Handler, requests []corpus.Request) map[string]answer {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	answers := make(map[string]answer, len(requests))
	for i, r := range requests {
		r.Header = append(slices.Clone(r.Header), corpus.Field{Name: "X-Request-Id", Value: fmt.Sprintf("corpus-%03d", i)})
		answers[r.Name] = send(t, s.Listener.Addr().String(), r)
	}
	return answers
}

// statuses counts the answers of each status, for the log.
func statuses(answers map[string]answer) string {
	count := map[int]int{}
	for _, a := range answers {
		count[a.Status]++
	}
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%d×%d", count[status], status))
	}
	return strings.Join(parts, " ")
}
