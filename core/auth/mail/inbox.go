package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxInbox is how many messages an inbox keeps; the oldest go.
const maxInbox = 1000

// Inbox keeps messages instead of delivering them, and shows them: as a page, and as JSON at a path that ends in ".json".
// Whoever can read it can sign in as anybody, so it belongs on a developer's own machine. It is safe for concurrent use.
type Inbox struct {
	clock func() time.Time

	mu       sync.Mutex
	messages []received // the newest first
}

// received is a message as the JSON has it.
type received struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"`
	Code    string    `json:"code,omitempty"`
	At      time.Time `json:"at"`
}

// NewInbox makes an empty inbox; clock is time.Now.
func NewInbox(clock func() time.Time) *Inbox { return &Inbox{clock: clock} }

// Send keeps a message. It never fails.
func (i *Inbox) Send(_ context.Context, m Message) error {
	r := received{
		To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Links: append([]string{}, m.Links...), Code: m.Code,
		At: i.clock().UTC().Truncate(time.Millisecond),
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = slices.Insert(i.messages, 0, r)
	i.messages = i.messages[:min(len(i.messages), maxInbox)]
	return nil
}

// all gives the messages, the newest first.
func (i *Inbox) all() []received {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]received{}, i.messages...)
}

// inboxPolicy lets the page show messages, and these do nothing: no script of anybody runs.
const inboxPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; frame-src 'self'; frame-ancestors 'none'"

// ServeHTTP shows the messages to GET and HEAD.
func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the inbox can only be read", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasSuffix(r.URL.Path, ".json") {
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(i.all()) // a reader who has gone needs no answer
		return
	}
	page, err := inboxPage(i.all())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", inboxPolicy)
	_, _ = w.Write(page)
}

// inboxText shows each message in a frame that runs no script; its links open in a new window.
const inboxText = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Inbox</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
article { border: 1px solid #ccc; border-radius: 6px; margin: 1rem 0; padding: 0 1rem 1rem }
iframe { width: 100%; height: 16rem; border: 0; background: #fff }
h2 { font-size: 1.1rem; margin-bottom: 0 }
p { margin: 0; color: #666 }
</style>
</head>
<body>
<h1>Inbox</h1>
{{range .}}<article>
<h2>{{.Subject}}</h2>
<p>to {{.To}}, <time>{{.At.Format "2006-01-02T15:04:05.000Z07:00"}}</time>{{with .Code}}, code <b>{{.}}</b>{{end}}</p>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="{{.Subject}}" srcdoc="{{.Framed}}"></iframe>
</article>
{{else}}<p>No message has been sent yet. Load this page again when one should be there.</p>
{{end}}</body>
</html>
`

// Framed is the message's page, with links that leave the frame.
func (r received) Framed() string { return `<base target="_blank">` + r.HTML }

func inboxPage(messages []received) ([]byte, error) {
	page, err := template.New("inbox").Parse(inboxText)
	if err != nil {
		return nil, fmt.Errorf("reading the inbox's page: %w", err)
	}
	var b strings.Builder
	if err := page.Execute(&b, messages); err != nil {
		return nil, fmt.Errorf("showing the inbox: %w", err)
	}
	return []byte(b.String()), nil
}
