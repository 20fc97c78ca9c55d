package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/pergola-dev/pergola/core/config"
)

// listen opens the place that a configuration names: a Unix socket, or a host and a port.
func listen(ctx context.Context, s config.Server) (net.Listener, error) {
	if s.UnixSocket != "" {
		return listenUnix(ctx, s.UnixSocket, s.UnixSocketMode)
	}
	return listenTCP(ctx, s.Host, s.Port)
}

// listenTCP understands PostgREST's special hosts: "*", "*4" and "*6" are any address, "!4" and "!6" any of one family
// alone.
func listenTCP(ctx context.Context, host string, port int) (net.Listener, error) {
	network := "tcp"
	switch host {
	case "*", "*4", "*6":
		host = ""
	case "!4":
		network, host = "tcp4", ""
	case "!6":
		network, host = "tcp6", ""
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, network, net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}

// listenUnix replaces the socket of a process that is gone, but not one that somebody still answers on.
func listenUnix(ctx context.Context, path string, mode uint32) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && abandoned(path) {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("removing an old socket: %w", err)
		}
		l, err = lc.Listen(ctx, "unix", path)
	}
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	if err := os.Chmod(path, os.FileMode(mode)); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("setting the mode of the socket: %w", err)
	}
	return l, nil
}

// abandoned says whether path is a socket that nobody answers on.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		_ = conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// address is how to reach a listener from this machine, as a URL's host.
func address(l net.Listener) string {
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return l.Addr().String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
