package docs_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fence is a fenced block of a page.
type fence struct {
	language string
	text     string // with the newline at its end
	line     int    // where it begins
	from, to int    // the bytes of text in the page
}

var fences = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

func readPage(t *testing.T, file string) (page []byte, blocks []fence) {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fences.FindAllSubmatchIndex(page, -1) {
		blocks = append(blocks, fence{
			language: string(page[m[2]:m[3]]), text: string(page[m[4]:m[5]]),
			line: bytes.Count(page[:m[0]], []byte("\n")) + 1, from: m[4], to: m[5],
		})
	}
	return page, blocks
}

// isAnswer tells the answers among the blocks of HTTP from the requests.
func (f fence) isAnswer() bool { return strings.HasPrefix(f.text, "HTTP/1.1 ") }

// request is the request of a block: method and target, fields, and a body behind an empty line. The target is written
// as people read it, its parameters on lines of their own where that helps.
func (f fence) request(t *testing.T, url string, tokens *strings.Replacer) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(f.text, "\n\n")
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(head), "\n") {
		if strings.HasPrefix(line, " ") {
			lines[len(lines)-1] += strings.TrimSpace(line)
			continue
		}
		lines = append(lines, line)
	}
	method, target, ok := strings.Cut(lines[0], " ")
	if !ok {
		t.Fatalf("line %d: no request", f.line)
	}
	body = tokens.Replace(strings.TrimSuffix(body, "\n"))
	r, err := http.NewRequestWithContext(t.Context(), method, url+encode(tokens.Replace(target)), strings.NewReader(body))
	if err != nil {
		t.Fatalf("line %d: %v", f.line, err)
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, tokens.Replace(value))
	}
	return r
}

// encode percent-encodes what may not stand in the target of a request as it is.
func encode(target string) string {
	return strings.NewReplacer(" ", "%20", `"`, "%22", ">", "%3E", "<", "%3C", "{", "%7B", "}", "%7D", "|", "%7C", "[", "%5B",
		"]", "%5D").Replace(target)
}

// answer is a block with an answer: the status, the fields that the page is about, and the body, laid out to be read.
type answer struct {
	status string
	header [][2]string
	body   string
}

func (f fence) answer(t *testing.T) answer {
	t.Helper()
	head, body, _ := strings.Cut(f.text, "\n\n")
	var a answer
	lines := bufio.NewScanner(strings.NewReader(head))
	for lines.Scan() {
		if a.status == "" {
			a.status = strings.TrimPrefix(lines.Text(), "HTTP/1.1 ")
			continue
		}
		name, value, ok := strings.Cut(lines.Text(), ": ")
		if !ok {
			t.Fatalf("line %d: %q is no field", f.line, lines.Text())
		}
		a.header = append(a.header, [2]string{name, value})
	}
	a.body = body
	return a
}

// seen is what a page would say of a response: the fields that it names, and the whole body.
func seen(res *http.Response, body []byte, names [][2]string) answer {
	a := answer{status: res.Status, body: layOut(body)}
	for _, f := range slices.Clone(names) {
		a.header = append(a.header, [2]string{f[0], strings.Join(res.Header.Values(f[0]), ", ")})
	}
	return a
}

func (a answer) String() string {
	var b strings.Builder
	b.WriteString("HTTP/1.1 " + a.status + "\n")
	for _, f := range a.header {
		b.WriteString(f[0] + ": " + f[1] + "\n")
	}
	if a.body != "" {
		b.WriteString("\n" + a.body)
	}
	return b.String()
}

// layOut writes JSON with a line for each element of a list, and leaves all else as it is.
func layOut(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	var elements []json.RawMessage
	switch {
	case json.Unmarshal(body, &elements) == nil && len(elements) > 0:
		lines := make([]string, len(elements))
		for i, e := range elements {
			lines[i] = "  " + compact(e)
		}
		return "[\n" + strings.Join(lines, ",\n") + "\n]\n"
	case json.Valid(body):
		return compact(body) + "\n"
	default:
		return strings.TrimSuffix(string(body), "\n") + "\n"
	}
}

// compact writes JSON on one line, with a space after each comma and colon.
func compact(text []byte) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, c := range text {
		switch {
		case quoted:
			b.WriteByte(c)
			quoted, escaped = escaped || c != '"', !escaped && c == '\\'
		case c == ' ', c == '\n', c == '\t', c == '\r':
		case c == ',', c == ':':
			b.WriteByte(c)
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
			quoted = c == '"'
		}
	}
	return b.String()
}
