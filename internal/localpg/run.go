package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// run is what is known for starting a server: it is made by prepare and does not change afterwards.
type run struct {
	options  Options
	account  account
	programs Programs
	place    place
}

// prepare finds the programs and the place, ends what an earlier run left behind, and makes sure that there is a data
// directory.
func prepare(ctx context.Context, dir string, o Options) (*run, error) {
	r := &run{options: o}
	var err error
	if r.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if r.place, err = knownPlace(dir, r.account); err != nil {
		return nil, err
	}
	major, initialised := r.place.initialised()
	if r.programs, err = r.locate(ctx, major); err != nil {
		return nil, err
	}
	if initialised {
		return r, stopLeftover(ctx, r.place.data())
	}
	if r.place, err = r.place.settle(ctx, r.account, r.programs); err != nil {
		return nil, err
	}
	return r, r.initialise(ctx)
}

// startTimeout bounds the wait for readiness. Recovery after a crash of the machine is the slow case.
const startTimeout = 60 * time.Second

// attempts is how often a start is tried: a free port may be taken by somebody else between the look and the start,
// and the memory of a server that died a moment ago may still be in use.
const attempts = 5

// start launches the server until it stays, and gives the superuser the password of this run if it has another one.
func (r *run) start(ctx context.Context) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var failed error
	for range attempts {
		var s *Server
		s, failed = r.startOnce(ctx)
		switch {
		case failed == nil:
			return s, nil
		case errors.Is(failed, errPassword):
			if err := r.resetPassword(ctx); err != nil {
				return nil, err
			}
		case !errors.Is(failed, errEnded):
			return nil, failed
		}
		if pause(ctx) != nil {
			break
		}
	}
	return nil, failed
}

var (
	errEnded    = errors.New("the database server ended while it was starting")
	errPassword = errors.New("the database does not know the password")
)

func (r *run) startOnce(ctx context.Context) (*Server, error) {
	port := r.options.Port
	if port == 0 {
		var err error
		if port, err = FreePort(0); err != nil {
			return nil, err
		}
	}
	proc, err := r.launch(port)
	if err != nil {
		return nil, err
	}
	if err := r.awaitReady(ctx, proc, port); err != nil {
		proc.stop(ctx)
		return nil, err
	}
	return &Server{run: r, proc: proc, port: port}, nil
}

// launch runs the server program with its messages in a log that holds this run alone.
func (r *run) launch(port int) (*process, error) {
	log, err := os.OpenFile(r.place.logFile(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the server's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	// The server outlives the start, so it does not hang on the context of it.
	cmd := r.account.command(context.Background(), r.programs.path("postgres"), r.arguments(port)...)
	cmd.Stdout, cmd.Stderr = log, log
	proc, err := launch(cmd)
	if err != nil {
		return nil, fmt.Errorf("starting the database server: %w", err)
	}
	return proc, nil
}

// awaitReady waits until the server says in its lock file that it is ready, and then lets itself in. A connection alone
// would prove nothing: somebody else's server may listen on the port while ours is about to find it taken.
func (r *run) awaitReady(ctx context.Context, proc *process, port int) error {
	lock := filepath.Join(r.place.data(), lockName)
	for !readyIn(lock, proc.cmd.Process.Pid) {
		if proc.ended() {
			return fmt.Errorf("%w: %s", errEnded, tail(r.place.logFile(), 2000))
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("waiting for the database server: %w", err)
		}
	}
	return tryConnect(ctx, connectionURL(port, r.options.Password, Superuser))
}

// readyIn says whether the lock file is that of the process and calls it ready.
func readyIn(lock string, pid int) bool {
	text, err := os.ReadFile(lock)
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > lockStatusLine && lines[0] == strconv.Itoa(pid) &&
		strings.TrimSpace(lines[lockStatusLine]) == "ready"
}

// The server's lock file, and the line of it, counted from 0, that holds its status (PostgreSQL's utils/pidfile.h).
const (
	lockName       = "postmaster.pid"
	lockStatusLine = 7
)

// invalidPassword is SQLSTATE invalid_password.
const invalidPassword = "28P01"

func tryConnect(ctx context.Context, target string) error {
	conn, err := pgconn.Connect(ctx, target)
	if err == nil {
		return conn.Close(ctx)
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == invalidPassword {
		return errPassword
	}
	return fmt.Errorf("connecting to the database server: %w", err)
}
