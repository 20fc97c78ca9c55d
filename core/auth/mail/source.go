package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxTemplate is the longest template that is read, in bytes. Mail programs cut messages of more than 102 KB.
	maxTemplate = 1 << 20
	// fetchTimeout bounds the reading of a template from elsewhere.
	fetchTimeout = 10 * time.Second
)

// Sources say where templates come from.
type Sources struct {
	// SiteURL is what a path belongs to that is no file here (GOTRUE_SITE_URL), as in GoTrue.
	SiteURL string
	// Fetch reads an address whose scheme is neither http nor https, such as s3://bucket/key; nil refuses them.
	Fetch func(ctx context.Context, address string) ([]byte, error)
}

// Read gives the text of a template. value is the text itself, when it holds a "<" or a "{{" or more than one line; an http,
// https or other address; "file:" and a path; or a path, which is that of a file here or, beginning with a slash, one of the
// site. The error says what value was taken for.
func (s Sources) Read(ctx context.Context, value string) (string, error) {
	if strings.Contains(value, "<") || strings.Contains(value, "{{") || strings.Contains(strings.TrimSpace(value), "\n") {
		return value, nil
	}
	text, err := s.read(ctx, value)
	switch {
	case err != nil:
		return "", err
	case len(text) > maxTemplate:
		return "", fmt.Errorf("the template at %s is longer than %d bytes", value, maxTemplate)
	case !utf8.Valid(text) || strings.TrimSpace(string(text)) == "":
		return "", fmt.Errorf("the template at %s is empty or no text", value)
	}
	return string(text), nil
}

func (s Sources) read(ctx context.Context, value string) ([]byte, error) {
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		return readFile(strings.TrimPrefix(path, "//"))
	}
	if scheme, _, ok := strings.Cut(value, "://"); ok {
		return s.fetch(ctx, strings.ToLower(scheme), value)
	}
	text, err := readFile(value)
	if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(value, "/") && s.SiteURL != "" {
		return s.fetch(ctx, "https", strings.TrimSuffix(s.SiteURL, "/")+value)
	}
	return text, err
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the template as a file: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err != nil {
		return nil, fmt.Errorf("reading the template as a file: %w", err)
	}
	return text, nil
}

func (s Sources) fetch(ctx context.Context, scheme, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	switch {
	case scheme == "http" || scheme == "https":
		return get(ctx, address)
	case s.Fetch != nil:
		return s.Fetch(ctx, address)
	}
	return nil, fmt.Errorf("templates cannot be read from %s addresses here", scheme)
}

// get reads a page. What does not say that it is HTML or text is refused: a site that answers every path with its own page
// would otherwise become the template, so at least an error page of another kind is found out.
func get(ctx context.Context, address string) ([]byte, error) {
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%s is no address", address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/") {
		return nil, fmt.Errorf("reading the template at %s: the answer has status %d and type %q", address, res.StatusCode, kind)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxTemplate+1))
	if err != nil {
		return nil, fmt.Errorf("reading the template at %s: %w", address, err)
	}
	return text, nil
}
