package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// flags are the arguments of one command.
type flags struct {
	*flag.FlagSet
	line string // the usage line after "pergola "
	text string // what the command does, in a few lines
}

// newFlags prepares the arguments of a command; line is its usage line without the program's name.
func newFlags(line, text string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(line, flag.ContinueOnError), line: line, text: text}
	f.SetOutput(io.Discard) // errors are returned, the usage is printed by parse
	return f
}

// parse reads the arguments. It prints the usage and gives flag.ErrHelp when that is asked for; arguments that are no
// flags are an error.
func (f *flags) parse(args []string, out io.Writer) error {
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(out, f.usage())
		return err
	case err != nil:
		return usagef("%v; see \"pergola %s -h\"", err, f.command())
	case f.NArg() > 0:
		return usagef("unexpected argument %q; see \"pergola %s -h\"", f.Arg(0), f.command())
	}
	return nil
}

// parseFile is parse for a command that takes the path of a file, or none, besides its flags.
func (f *flags) parseFile(args []string, out io.Writer) (path string, err error) {
	if err := f.Parse(args); err == nil && f.NArg() == 1 {
		return f.Arg(0), nil
	}
	return "", f.parse(args, out)
}

// command is the usage line up to its first argument.
func (f *flags) command() string {
	name, _, _ := strings.Cut(f.line, " [")
	return name
}

func (f *flags) usage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: pergola %s\n\n%s\n", f.line, f.text)
	first := true
	f.VisitAll(func(each *flag.Flag) {
		if first {
			b.WriteString("\nFlags:\n")
			first = false
		}
		value, text := flag.UnquoteUsage(each)
		fmt.Fprintf(&b, "  %-24s %s%s\n", strings.TrimSpace("--"+each.Name+" "+value), text, shownDefault(each))
	})
	return b.String()
}

func shownDefault(f *flag.Flag) string {
	if f.DefValue == "" || f.DefValue == "false" {
		return ""
	}
	return " (default " + f.DefValue + ")"
}

// given says whether a flag was set by the arguments.
func (f *flags) given(name string) (given bool) {
	f.Visit(func(each *flag.Flag) { given = given || each.Name == name })
	return given
}

// words runs one of several commands below a command, by the first argument.
func words(parent, text string, among []command, args []string, out io.Writer) (command, []string, error) {
	if len(args) == 0 {
		return command{}, nil, usagef("\"pergola %s\" needs another word; see \"pergola %s -h\"", parent, parent)
	}
	if name := strings.TrimLeft(args[0], "-"); name == "h" || name == "help" {
		var b strings.Builder
		fmt.Fprintf(&b, "Usage: pergola %s COMMAND [FLAGS]\n\n%s\n\n", parent, text)
		writeCommands(&b, among)
		_, _ = io.WriteString(out, b.String())
		return command{}, nil, flag.ErrHelp
	}
	c, err := find(parent+" ", args[0], among)
	return c, args[1:], err
}
