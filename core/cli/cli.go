package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
)

// IO is what the process gives to a command.
type IO struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // as os.Environ gives it
	Version        string   // of this build
}

// The exit codes of Run.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one word of the command line.
type command struct {
	name    string
	summary string // one line for the list of commands
	run     func(ctx context.Context, args []string, io IO) error
}

// commands lists what there is, in the order of the help.
func commands() []command {
	return []command{
		{"dev", "run everything on this machine: a database, the API and its keys", runDev},
		{"serve", "run the production server; \"serve rest\" and \"serve auth\" take PostgREST's and GoTrue's place", runServe},
		{"key", "make keys and tokens: mint, generate, jwks", runKey},
		{"migrate", "make or update the tables of the Auth service", runMigrate},
		{"refresh", "have a server read the schema anew", runRefresh},
		{"doctor", "show what was understood of the settings, and check the database", runDoctor},
		{"version", "print the version", runVersion},
	}
}

// Run runs the command that args name (without the program's own name) and gives the exit code: 0 when it did what was
// asked, 1 when it failed, 2 when the arguments were wrong. It returns when the command is done, or soon after ctx ends.
func Run(ctx context.Context, args []string, io IO) int {
	err := dispatch(ctx, args, io)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	_, _ = fmt.Fprintf(io.Stderr, "pergola: %v\n", err)
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

func dispatch(ctx context.Context, args []string, io IO) error {
	if len(args) == 0 {
		return &usageError{"which command? \"pergola help\" lists them"}
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(ctx, rest, io)
	case "-version", "--version":
		name = "version"
	}
	c, err := find("", name, commands())
	if err != nil {
		return err
	}
	return c.run(ctx, rest, io)
}

// find gives the command of a name; parent is the command that it stands behind, with a space.
func find(parent, name string, among []command) (command, error) {
	names := make([]string, len(among))
	for i, c := range among {
		if c.name == name {
			return c, nil
		}
		names[i] = c.name
	}
	return command{}, unknown(parent, name, names)
}

// usageError is a mistake in the arguments.
type usageError struct{ problem string }

// Error says what is wrong, and what to do.
func (e *usageError) Error() string { return e.problem }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }
