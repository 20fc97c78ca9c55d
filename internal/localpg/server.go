package localpg

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Options say how a server is run.
type Options struct {
	// Dir belongs to the server alone: its data, its lock and its log. It is made when it is not there.
	Dir string
	// Port to listen on at 127.0.0.1; 0 takes any free one.
	Port int
	// Password of the superuser. With "" every process of this machine may connect as anyone: for tests only.
	Password string
	// Scratch is for data that need not survive: nothing is flushed to the disk.
	Scratch bool
	// Template is an initialised data directory to begin with, instead of running initdb. It must have been made by the
	// same version, with or without a password as Password says.
	Template string
	// Mirror is where server programs are downloaded from when none are installed: the address of a Maven repository.
	// "" for the usual one.
	Mirror string
	// Cache is where downloaded programs are kept; "" for the usual place, which every Dir of this user shares.
	Cache string
	// Notice is told, in a sentence, of what may take long. It may be nil.
	Notice func(string)
	// Settings are server settings (postgresql.conf) that win over those chosen here.
	Settings map[string]string
}

// Server is a running server.
type Server struct {
	run  *run
	proc *process
	lock *os.File
	port int
}

// Start runs a server on the data in o.Dir, which it makes when there is none, and returns when the server answers as
// superuser with o.Password. ErrInUse when another process runs one there, ErrNoPrograms when no server programs
// can be found or fetched. ctx bounds the start, not the server's life: call Stop.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the database's directory: %w", err)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s, err := startIn(ctx, dir, o)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

func startIn(ctx context.Context, dir string, o Options) (*Server, error) {
	r, err := prepare(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	return r.start(ctx)
}

// Port is where the server listens, at 127.0.0.1.
func (s *Server) Port() int { return s.port }

// URL is a connection URI for the superuser to a database.
func (s *Server) URL(database string) string {
	return connectionURL(s.port, s.run.options.Password, database)
}

// DataDir is where the data is. When the server has stopped, it can serve as a Template.
func (s *Server) DataDir() string { return s.run.place.data() }

// LogFile is where the server's messages go.
func (s *Server) LogFile() string { return s.run.place.logFile() }

// Exited is closed when the server has ended, by Stop or by itself.
func (s *Server) Exited() <-chan struct{} { return s.proc.done }

// Stop shuts the server down fast: sessions are cut, the data is left clean. When ctx ends first, the server is ended
// harder, and the next start recovers. The directory is free afterwards. A second call does nothing.
func (s *Server) Stop(ctx context.Context) {
	s.proc.stop(ctx)
	_ = s.lock.Close()
}

// connectionURL is a URI for the superuser.
func connectionURL(port int, password, database string) string {
	u := url.URL{
		Scheme: "postgresql", User: url.User(Superuser), Path: "/" + database, RawQuery: "sslmode=disable",
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
	}
	if password != "" {
		u.User = url.UserPassword(Superuser, password)
	}
	return u.String()
}

// FreePort gives a port of 127.0.0.1 that nobody listens on: the preferred one, or any when it is 0 or taken. Somebody
// may take it before the caller does.
func FreePort(preferred int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(preferred)))
	if err != nil && preferred != 0 {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// SmallTables are settings for tables of a laptop's size: plans are not compiled (jit), which there takes a thousand times
// longer than running them, since small tables without statistics look large.
func SmallTables() map[string]string { return map[string]string{"jit": "off"} }

// arguments is the server's command line.
func (r *run) arguments(port int) []string {
	settings := map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "log_destination": "stderr", "logging_collector": "off",
	}
	if r.options.Scratch {
		scratchSettings(settings)
	}
	for name, value := range r.options.Settings {
		settings[name] = value
	}
	args := []string{"-D", r.place.data(), "-p", strconv.Itoa(port)}
	for name, value := range settings {
		args = append(args, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
	}
	slices.Sort(args[4:])
	return args
}

// scratchSettings trade safety for speed.
func scratchSettings(settings map[string]string) {
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		settings[name] = "off"
	}
	settings["shared_buffers"] = "32MB"
	settings["max_connections"] = "200"
	settings["wal_level"] = "minimal"
	settings["max_wal_senders"] = "0"
}
