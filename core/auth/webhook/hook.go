package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// The limits of a call, from GoTrue (internal/hooks/hookshttp).
const (
	defaultTimeout = 5 * time.Second
	defaultPause   = 2 * time.Second
	maxTries       = 3
	maxAnswer      = 200 * 1024 // bytes
)

// Options is how a hook is reached. URL and Secrets are needed.
type Options struct {
	URL     string // GOTRUE_HOOK_<NAME>_URI: https, or http with AllowPrivate
	Secrets string // GOTRUE_HOOK_<NAME>_SECRETS: v1,whsec_<base64> joined by "|"; each signs

	// AllowPrivate lets the hook be on this machine or in this network, and be reached without TLS. It matters where the
	// hook runs beside us, as in development, and must be off where others choose the URL.
	AllowPrivate bool

	Timeout time.Duration // for all tries of one call and their answers; 0 for 5 s
	Pause   time.Duration // between tries, the longest; 0 for 2 s

	Now func() time.Time // nil for time.Now
}

// Hook is one application's HTTP hook. It may be called by many at once.
type Hook struct {
	url     string
	secrets []secret
	timeout time.Duration
	pause   time.Duration
	now     func() time.Time
	client  *http.Client
}

// New makes a hook. The error says which option cannot be used and never holds a secret.
func New(o Options) (*Hook, error) {
	if err := checkURL(o.URL, o.AllowPrivate); err != nil {
		return nil, err
	}
	secrets, err := parseSecrets(o.Secrets)
	if err != nil {
		return nil, fmt.Errorf("the hook %s: %w", redacted(o.URL), err)
	}
	h := &Hook{
		url: o.URL, secrets: secrets, timeout: o.Timeout, pause: o.Pause, now: o.Now, client: newClient(o.AllowPrivate),
	}
	if h.timeout == 0 {
		h.timeout = defaultTimeout
	}
	if h.pause == 0 {
		h.pause = defaultPause
	}
	if h.now == nil {
		h.now = time.Now
	}
	return h, nil
}

// Call sends payload as JSON and reads the answer's JSON into answer; nil means that the answer does not matter. An
// answer with status 204 leaves answer as it is. What comes back is a fault: the hook's own {"error":{...}} with its
// message and status, or one of GoTrue's hook_* codes. It takes the hook's Timeout at the longest, and less when ctx ends.
//
// The hook may see one call up to three times; webhook-id stays the same.
func (h *Hook) Call(ctx context.Context, payload, answer any) error {
	m, err := newMessage(payload)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	body, err := h.send(ctx, m)
	if err != nil {
		return err
	}
	return decode(body, answer)
}

// newClient makes a client that follows no redirect and, unless private addresses are allowed, connects to none of them.
// No proxy is asked: it would be the address that is checked, and it would look the name up.
func newClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{}
	if !allowPrivate {
		dialer.Control = onlyPublic
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableCompression:     true, // the limit of an answer is one of what is sent
			MaxResponseHeaderBytes: 64 * 1024,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func checkURL(text string, allowPrivate bool) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("the hook's URL cannot be read") // url.Error holds the text, and that may hold a password
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowPrivate) {
		return fmt.Errorf("the hook %s: only https is allowed", u.Redacted())
	}
	if u.Hostname() == "" {
		return fmt.Errorf("the hook %s: names no host", u.Redacted())
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err == nil && !allowPrivate && !public(addr) {
		return fmt.Errorf("the hook %s: %w", u.Redacted(), errPrivate)
	}
	return nil
}

// redacted is a URL that checkURL has accepted, without its password.
func redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Redacted()
}
