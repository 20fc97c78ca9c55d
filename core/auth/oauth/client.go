package oauth

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	callTimeout = 10 * time.Second // of one call to a provider, as GoTrue's
	maxAnswer   = 1 << 20          // bytes of an answer
	maxHops     = 3                // redirects that are followed
)

var (
	errElsewhere = errors.New("the provider redirects elsewhere")
	errTooLong   = fmt.Errorf("the provider's answer is longer than %d bytes", maxAnswer)
)

// newClient makes the client that asks providers.
func newClient(t http.RoundTripper) *http.Client {
	if t == nil {
		t = &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: callTimeout / 2, ResponseHeaderTimeout: callTimeout,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
		}
	}
	return &http.Client{Transport: bounded{t}, Timeout: callTimeout, CheckRedirect: stayThere}
}

// stayThere follows a redirect only within the server that was asked: elsewhere nobody has to see a token or a secret.
func stayThere(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme || len(via) > maxHops {
		return errElsewhere
	}
	return nil
}

// bounded ends answers that are too long with an error.
type bounded struct{ http.RoundTripper }

// RoundTrip does one call.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read reads on, as long as the answer may be.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// brief is an error with a text that has an end: the library puts whole answers of providers into its errors.
type brief struct{ error }

// mostText is how many bytes of an error's text go into the log.
const mostText = 300

// Error gives the beginning of the text.
func (b brief) Error() string {
	text := b.error.Error()
	return text[:min(len(text), mostText)]
}

// Unwrap gives the whole error.
func (b brief) Unwrap() error { return b.error }
