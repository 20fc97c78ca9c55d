package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// MaxResponse is the largest response, in bytes, that the Runtime API takes.
const MaxResponse = 6_291_556

// grace is how long a process has between SIGTERM and SIGKILL.
const grace = 500 * time.Millisecond

// Config says what to run.
type Config struct {
	Program string    // the bootstrap
	Env     []string  // the function's own variables, "NAME=value"; it sees no others but Lambda's
	Log     io.Writer // its standard output and error
	Timeout time.Duration
}

// Function is a running program and its Runtime API. Its methods may be called from several goroutines; events wait for
// each other, as they do in one sandbox.
type Function struct {
	config  Config
	command *exec.Cmd
	server  *http.Server
	boot    time.Duration

	calls  chan *call
	first  sync.Once
	ready  chan time.Time // when the program asked for its first event
	exited chan struct{}  // closed when the program has ended

	mu   sync.Mutex
	open map[string]*call
	next int
}

// call is one event on its way.
type call struct {
	id      string
	payload []byte
	done    chan outcome
}

type outcome struct {
	response []byte
	err      error
}

// Start runs the program and waits until it asks for its first event. It fails when the program ends before.
func Start(ctx context.Context, c Config) (*Function, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Function{
		config: c, calls: make(chan *call), ready: make(chan time.Time, 1), exited: make(chan struct{}), open: map[string]*call{},
	}
	f.server = &http.Server{Handler: f.routes(), ReadHeaderTimeout: time.Minute}
	go func() { _ = f.server.Serve(listener) }()
	started := time.Now()
	if err := f.run(listener.Addr().String()); err != nil {
		_ = f.server.Close()
		return nil, err
	}
	select {
	case asked := <-f.ready:
		f.boot = asked.Sub(started)
		return f, nil
	case <-f.exited:
		err = fmt.Errorf("%s ended before its first event: %v", c.Program, f.command.ProcessState)
	case <-ctx.Done():
		err = ctx.Err()
	}
	f.Stop()
	return nil, err
}

func (f *Function) run(address string) error {
	f.command = exec.Command(f.config.Program)
	f.command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + address, "AWS_LAMBDA_FUNCTION_NAME=pergola-test", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_REGION=eu-central-1", "AWS_LAMBDA_LOG_FORMAT=JSON", "_HANDLER=bootstrap",
		"LAMBDA_TASK_ROOT=/var/task", "PATH=/usr/local/bin:/usr/bin:/bin", "TZ=:UTC", "LANG=en_US.UTF-8",
	}, f.config.Env...)
	f.command.Stdout, f.command.Stderr = f.config.Log, f.config.Log
	if err := f.command.Start(); err != nil {
		return err
	}
	go func() {
		_ = f.command.Wait()
		close(f.exited)
	}()
	return nil
}

// Boot is the time from the program's start to its asking for the first event: its part of a cold start.
func (f *Function) Boot() time.Duration { return f.boot }

// ErrExited says that the program ended in the middle of an event, or before it.
var ErrExited = errors.New("the function's process has exited")

// FunctionError is what a function reports when it has no response: type and message as the program gave them.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error is the message alone, which is all that a gateway sees of it.
func (e *FunctionError) Error() string { return e.Message }

// Invoke hands an event to the program and waits for its response. The error is a *FunctionError when the program reported
// one, and ErrExited when it is no more.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.mu.Lock()
	f.next++
	c := &call{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", f.next), payload: event, done: make(chan outcome, 1)}
	f.open[c.id] = c
	f.mu.Unlock()
	defer f.close(c.id)
	select {
	case f.calls <- c:
	case <-f.exited:
		return nil, ErrExited
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case o := <-c.done:
		return o.response, o.err
	case <-f.exited:
		return nil, ErrExited
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *Function) close(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, id)
}

func (f *Function) find(id string) *call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open[id]
}

// Terminate sends SIGTERM and gives the program the time that Lambda gives it. True says that it ended by itself.
func (f *Function) Terminate() bool {
	_ = f.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-f.exited:
		return true
	case <-time.After(grace):
		return false
	}
}

// Stop ends the program, by force if need be, and its Runtime API.
func (f *Function) Stop() {
	if !f.Terminate() {
		_ = f.command.Process.Kill()
		<-f.exited
	}
	_ = f.server.Close()
}
