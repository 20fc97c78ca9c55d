// Command bench measures how fast Pergola is, as a share of the floor: a program of sixty lines that does nothing but run
// the one statement that an answer needs. Everybody is asked for the same things over the same data, in turns; the table
// has medians. `make bench` builds what it needs and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	plan
	floor, pergola string   // programs
	others         []string // NAME=URL
	port           int
	svg, page      string // files to write to; "" for none
}

// knownPort is where those who run a target of their own find the database. It is none of the ports that a system gives to
// clients, of which anyone may be taken.
const knownPort = 25432

func parseOptions() options {
	var o options
	flag.StringVar(&o.floor, "floor", "build/bench/floor", "the floor's program")
	flag.StringVar(&o.pergola, "pergola", "bin/pergola", "Pergola's program")
	flag.IntVar(&o.connections, "connections", 16, "connections that send at the same time")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds; the table has their medians")
	flag.DurationVar(&o.each, "each", time.Second, "length of one operation on one target in one round")
	flag.IntVar(&o.turns, "turns", 4, "turns into which a round is cut")
	flag.IntVar(&o.starts, "starts", 7, "cold starts of each target")
	flag.IntVar(&o.port, "port", 0, "port of the database; without it, any, or 25432 where there are further targets")
	flag.StringVar(&o.svg, "svg", "", "file to write the plot to")
	flag.StringVar(&o.page, "page", "", "Markdown file to put the figures into; left alone when not everything is measured")
	flag.StringVar(&o.only, "only", "", "the one operation to measure")
	flag.Func("target", "a further target, `NAME=URL`; may come up several times", func(text string) error {
		o.others = append(o.others, text)
		return nil
	})
	flag.Parse()
	if o.port == 0 && len(o.others) > 0 {
		o.port = knownPort
	}
	return o
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parseOptions()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	targets, err := o.targets()
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, o.port)
	if err != nil {
		return err
	}
	defer db.close()
	o.tellOthers(db)
	cold, err := coldStarts(ctx, o.plan, targets, db)
	if err != nil {
		return err
	}
	defer endAll(targets)
	for _, t := range targets {
		if _, err := t.begin(ctx, db.url()); err != nil {
			return err
		}
	}
	r, err := measure(ctx, o.plan, targets, db)
	if err != nil {
		return err
	}
	r.coldStart = cold
	_, err = os.Stdout.Write(r.tables())
	return errors.Join(err, o.plot(r), o.record(r))
}

// targets are the floor twice, whose difference is the machine's noise, Pergola, and the others.
func (o options) targets() ([]*target, error) {
	token, err := mintToken()
	if err != nil {
		return nil, err
	}
	all := []*target{floorTarget("floor", o.floor), floorTarget("floor again", o.floor), pergolaTarget(o.pergola, token)}
	for _, text := range o.others {
		t, err := parseTarget(text, token)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// tellOthers says what those who run a target of their own have to give it.
func (o options) tellOthers(db *database) {
	if len(o.others) == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "The other targets need the database %s, the schema public, the anonymous role %s and the JWT secret %s.\n"+
		"They are waited for, %s at most.\n", db.url(), anonRole, secret, patience)
}

func endAll(targets []*target) {
	for _, t := range targets {
		t.end()
	}
}

func (o options) plot(r *results) error {
	if o.svg == "" {
		return nil
	}
	if err := os.WriteFile(o.svg, r.svg(), 0o644); err != nil {
		return fmt.Errorf("writing the plot: %w", err)
	}
	return nil
}

// The comments of the page between which the figures stand.
const (
	figuresBegin = "<!-- figures of the last run -->\n"
	figuresEnd   = "<!-- end of the figures -->\n"
)

// record puts the tables of a whole run into the page.
func (o options) record(r *results) error {
	if o.page == "" || o.only != "" || len(o.others) > 0 {
		return nil
	}
	text, err := os.ReadFile(o.page)
	if err != nil {
		return fmt.Errorf("reading the page: %w", err)
	}
	before, rest, begins := strings.Cut(string(text), figuresBegin)
	_, after, ends := strings.Cut(rest, figuresEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the figures", o.page)
	}
	page := before + figuresBegin + "\n" + string(r.tables()) + "\n" + figuresEnd + after
	if err := os.WriteFile(o.page, []byte(page), 0o644); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
