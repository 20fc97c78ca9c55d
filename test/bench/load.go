package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The load comes from connections that are kept open, each sending its next request when the last one is answered. Client
// and server share the machine, so the client does as little as it can: requests are bytes that were made beforehand, and
// of an answer only its status and its end are looked for.

// load is what is sent where.
type load struct {
	address     string // host:port
	requests    [][]byte
	connections int
}

// run sends for as long as it is told and gives the number of answers. Any answer but one of 2xx ends it with an error.
func (l load) run(ctx context.Context, howLong time.Duration) (int64, error) {
	var answered atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, l.connections)
	end := time.Now().Add(howLong)
	for i := range l.connections {
		all.Go(func() {
			n, err := l.send(ctx, i, end)
			answered.Add(n)
			if err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	return answered.Load(), <-failed
}

// send is one connection. Each begins with another request.
func (l load) send(ctx context.Context, first int, end time.Time) (int64, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", l.address)
	if err != nil {
		return 0, fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(end.Add(10 * time.Second)); err != nil {
		return 0, fmt.Errorf("setting a deadline: %w", err)
	}
	in := bufio.NewReaderSize(conn, 64<<10)
	for n := int64(0); ; n++ {
		if time.Now().After(end) || ctx.Err() != nil {
			return n, ctx.Err()
		}
		if _, err := conn.Write(l.requests[(first*17+int(n))%len(l.requests)]); err != nil {
			return n, fmt.Errorf("sending: %w", err)
		}
		if err := readAnswer(in); err != nil {
			return n, err
		}
	}
}

// readAnswer reads one response to its end.
func readAnswer(in *bufio.Reader) error {
	status, length, err := readHead(in)
	if err != nil {
		return err
	}
	if length < 0 {
		return readChunks(in)
	}
	if status/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(in, int64(length)))
		return fmt.Errorf("the answer has status %d: %s", status, text)
	}
	_, err = in.Discard(length)
	return err
}

// readHead gives the status and the length of the body, -1 for one in chunks.
func readHead(in *bufio.Reader) (status, length int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("reading: %w", err)
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, 0, errors.New("the answer is not HTTP")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, fmt.Errorf("reading the status: %w", err)
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, 0, fmt.Errorf("reading: %w", err)
		}
		if len(line) <= 2 {
			return status, length, nil
		}
		if n, ok := bodyLength(line); ok {
			length = n
		}
	}
}

// bodyLength reads a header line that tells how long the body is.
func bodyLength(line []byte) (int, bool) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch len(name) {
	case len("Content-Length"):
		if bytes.EqualFold(name, []byte("Content-Length")) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			return n, err == nil
		}
	case len("Transfer-Encoding"):
		return -1, bytes.EqualFold(name, []byte("Transfer-Encoding"))
	}
	return 0, false
}

// readChunks reads a body in chunks (RFC 9112, 7.1) without trailers.
func readChunks(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return fmt.Errorf("reading a chunk: %w", err)
		}
		if _, err := in.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}
