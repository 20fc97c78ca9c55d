package pg_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// TestCancelWaitsUntilItIsTaken: a pooler that is still passing the request on finds its client there.
func TestCancelWaitsUntilItIsTaken(t *testing.T) {
	taken := make(chan error, 1)
	cfg := settings(slowToCancel(t, pgtest.New(t).URL(), taken))
	cfg.PoolSize = 1
	db := open(t, cfg)
	body(t, db, answering(`''::text`))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := db.Run(ctx, answering(`pg_sleep(20)::text`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the error of the context", err)
	}
	select {
	case err := <-taken:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the client went away before its request was taken: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("no request to cancel")
	}
	body(t, db, answering(`'still there'::text`))
}

// slowToCancel gives the address of a way to the database on which a request to cancel is passed on at once, and answered
// later. How the client waits for that comes through taken: it has timed out where the client is still there.
func slowToCancel(t *testing.T, target string, taken chan<- error) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	upstream := u.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go passOn(client, upstream, taken)
		}
	}()
	u.Host = listener.Addr().String()
	return u.String()
}

func passOn(client net.Conn, upstream string, taken chan<- error) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	head := make([]byte, 8)
	if _, err := io.ReadFull(client, head); err != nil {
		return
	}
	_, _ = server.Write(head)
	const cancelRequest = 80877102 // its code in the place of a protocol version
	if binary.BigEndian.Uint32(head[4:]) != cancelRequest {
		go func() { _, _ = io.Copy(server, client) }()
		_, _ = io.Copy(client, server)
		return
	}
	_, _ = io.CopyN(server, client, 8)
	_, _ = io.Copy(io.Discard, server)
	_ = client.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	_, err = client.Read(head)
	select {
	case taken <- err:
	default: // another one: the first is looked at
	}
}
