package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/token"
	"github.com/pergola-dev/pergola/internal/localpg"
)

// Who calls. Every target but the floor verifies this token and acts as its role.
const (
	secret   = "a-secret-for-benchmarks-that-is-long-enough"
	role     = "bench_user"
	anonRole = "bench_anon"
	subject  = "6f1d0d4e-8c1c-4e0f-9a53-1d3c5b1f0c11"
)

// mintToken makes a token like the ones that Supabase's Auth service makes.
func mintToken() (string, error) {
	keys, err := token.ParseKeys(secret, false)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return token.Mint(keys, token.Claims{
		Role: role, Subject: subject, Issued: now, Expires: now.Add(24 * time.Hour),
	}, "")
}

// target is a server that is measured.
type target struct {
	name  string
	base  *url.URL
	floor bool // it takes the floor's requests, without a token
	token string
	// launch starts it at an address and a database; nil for one that somebody else runs.
	launch func(address, database string) (*process, error)
	proc   *process // while it runs and is ours
}

// patience is how long a target may take to its first good answer.
const patience = 60 * time.Second

// floorTarget is the floor.
func floorTarget(name, program string) *target {
	return &target{name: name, floor: true, base: &url.URL{Scheme: "http"}, launch: func(address, database string) (*process, error) {
		return start(nil, program, address, database)
	}}
}

// pergolaTarget is `pergola serve` with its defaults, but for the log of every request, which PostgREST does not write by
// default either.
func pergolaTarget(program, token string) *target {
	base := &url.URL{Scheme: "http", Path: "/rest/v1"}
	return &target{name: "pergola", base: base, token: token, launch: func(address, database string) (*process, error) {
		env := []string{
			"DATABASE_URL=" + database, "JWT_SECRET=" + secret, "PGRST_DB_ANON_ROLE=" + anonRole, "PGRST_LOG_LEVEL=error",
		}
		return start(env, program, "serve", "--listen", address)
	}}
}

// parseTarget reads NAME=URL.
func parseTarget(text, token string) (*target, error) {
	name, address, ok := strings.Cut(text, "=")
	base, err := url.Parse(address)
	if !ok || name == "" || err != nil || base.Scheme != "http" || base.Port() == "" {
		return nil, fmt.Errorf("%q is not NAME=http://HOST:PORT/PATH", text)
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	return &target{name: name, base: base, token: token}, nil
}

// begin starts the target, if it is ours to start, and waits for its first good answer. It gives the time until then.
func (t *target) begin(ctx context.Context, database string) (time.Duration, error) {
	if t.launch != nil {
		port, err := localpg.FreePort(0)
		if err != nil {
			return 0, err
		}
		t.base.Host = "127.0.0.1:" + strconv.Itoa(port)
	}
	began := time.Now()
	if t.launch != nil {
		var err error
		if t.proc, err = t.launch(t.base.Host, database); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := t.await(ctx); err != nil {
		return 0, fmt.Errorf("waiting for %s: %w", t.name, err)
	}
	return time.Since(began), nil
}

// end stops a target that is ours.
func (t *target) end() {
	if t.proc != nil {
		t.proc.stop()
		t.proc = nil
	}
}

// pause is the time between two looks at a target that starts.
const pause = 200 * time.Microsecond

// await asks for one row until it comes.
func (t *target) await(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		err := t.ask(ctx, client)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-t.ended():
			return errors.New("it ended")
		case <-time.After(pause):
		}
	}
}

// ended is closed when a target of ours is gone.
func (t *target) ended() <-chan struct{} {
	if t.proc == nil {
		return nil
	}
	return t.proc.done
}

func (t *target) ask(ctx context.Context, client *http.Client) error {
	one := operations()[0]
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base.String()+t.form(one)(0).path, nil)
	if err != nil {
		return err
	}
	if t.token != "" {
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the first answer has status %d", res.StatusCode)
	}
	return nil
}

// form is the way in which the target is asked for an operation.
func (t *target) form(o operation) func(n int) request {
	if t.floor {
		return o.floor
	}
	return o.rest
}

// encode makes the bytes of an operation's requests.
func (t *target) encode(o operation) [][]byte {
	all := make([][]byte, variants)
	for n := range all {
		all[n] = t.bytes(t.form(o)(n))
	}
	return all
}

func (t *target) bytes(r request) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\nHost: %s\r\n", r.method, t.base.Path, r.path, t.base.Host)
	if t.token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", t.token)
	}
	if r.prefer != "" {
		fmt.Fprintf(&b, "Prefer: %s\r\n", r.prefer)
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.body))
	}
	return []byte(b.String() + "\r\n" + r.body)
}
