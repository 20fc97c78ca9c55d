package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// plan is how a run measures.
type plan struct {
	connections int
	rounds      int
	each        time.Duration // of one operation on one target in one round
	turns       int           // into which a round is cut, so that all targets suffer alike from what else the machine does
	starts      int           // cold starts of each target
	only        string        // the one operation to measure; "" for all
}

// figure is what was found out of one operation on one target.
type figure struct {
	rate     float64       // answers a second, the median of the rounds
	shares   []float64     // of the floor's rate in the same round
	server   time.Duration // CPU of 1,000 answers: the target's process
	database time.Duration // and the database's
}

// share is the median of the shares of the floor's speed.
func (f figure) share() float64 { return median(f.shares) }

// results are the figures of a run, by operation and then by target.
type results struct {
	plan       plan
	targets    []*target
	operations []operation
	figures    [][]figure
	memory     []float64       // peak of each target, MiB; 0 where it is not known
	coldStart  []time.Duration // of each target; 0 where it is not ours to start
}

// tally is what the rounds of one operation on one target gave.
type tally struct {
	rounds           []round
	server, database time.Duration
}

// round is the sum of a target's turns in one round.
type round struct {
	answers int64
	took    time.Duration
}

func (r round) rate() float64 { return float64(r.answers) / r.took.Seconds() }

// measure runs all rounds. The first target is the floor that the others are compared with.
func measure(ctx context.Context, p plan, targets []*target, db *database) (*results, error) {
	r := &results{plan: p, targets: targets}
	for _, o := range operations() {
		if p.only == "" || p.only == o.name {
			r.operations = append(r.operations, o)
		}
	}
	runtime.GOMAXPROCS(1) // the clients need no more, and leave the rest to those who are measured
	defer runtime.GOMAXPROCS(runtime.NumCPU())
	for _, o := range r.operations {
		tallies, err := rounds(ctx, measurement{p, o, targets, db})
		if err != nil {
			return nil, err
		}
		r.figures = append(r.figures, figures(tallies))
	}
	for _, t := range targets {
		r.memory = append(r.memory, t.peakMemory())
	}
	return r, nil
}

func (t *target) peakMemory() float64 {
	if t.proc == nil {
		return 0
	}
	return peakMemory(t.proc.cmd.Process.Pid)
}

// measurement is one operation on all targets.
type measurement struct {
	plan
	operation operation
	targets   []*target
	database  *database
}

// rounds measures one operation on all targets. A first round warms up and does not count.
func rounds(ctx context.Context, m measurement) ([]tally, error) {
	tallies := make([]tally, len(m.targets))
	if err := oneRound(ctx, m, make([]tally, len(m.targets))); err != nil {
		return nil, err
	}
	for range m.rounds {
		if err := oneRound(ctx, m, tallies); err != nil {
			return nil, err
		}
	}
	return tallies, nil
}

// oneRound measures one operation on all targets, in turns, each turn beginning with another one.
func oneRound(ctx context.Context, m measurement, tallies []tally) error {
	for i := range tallies {
		tallies[i].rounds = append(tallies[i].rounds, round{})
	}
	for turn := range m.turns {
		for i := range m.targets {
			place := (i + turn) % len(m.targets)
			if err := m.database.reset(ctx); err != nil {
				return err
			}
			tr := trial{m.operation, m.targets[place], m.database, m.connections, m.each / time.Duration(m.turns)}
			if err := tallies[place].add(ctx, tr); err != nil {
				return fmt.Errorf("%s, %s: %w", tr.target.name, tr.operation.name, err)
			}
		}
	}
	return nil
}

// trial is one operation on one target in one turn.
type trial struct {
	operation   operation
	target      *target
	database    *database
	connections int
	length      time.Duration
}

// add runs a trial and counts it to the last round.
func (t *tally) add(ctx context.Context, tr trial) error {
	l := load{address: tr.target.base.Host, requests: tr.target.encode(tr.operation), connections: tr.connections}
	server, database := tr.cpu()
	began := time.Now()
	n, err := l.run(ctx, tr.length)
	took := time.Since(began)
	if err != nil {
		return err
	}
	serverNow, databaseNow := tr.cpu()
	last := &t.rounds[len(t.rounds)-1]
	last.answers += n
	last.took += took
	t.server += serverNow - server
	t.database += databaseNow - database
	return nil
}

// cpu is what the target's process and the database have used so far.
func (tr trial) cpu() (server, database time.Duration) {
	if tr.target.proc != nil {
		server = cpu(tr.target.proc.cmd.Process.Pid)
	}
	if tr.database.pid != 0 {
		database = familyCPU(tr.database.pid)
	}
	return server, database
}

// figures makes one operation's figures out of what the rounds gave.
func figures(tallies []tally) []figure {
	out := make([]figure, len(tallies))
	for i, t := range tallies {
		var f figure
		var rates []float64
		var answers int64
		for n, r := range t.rounds {
			rates = append(rates, r.rate())
			f.shares = append(f.shares, r.rate()/tallies[0].rounds[n].rate())
			answers += r.answers
		}
		f.rate = median(rates)
		if answers > 0 {
			f.server = t.server * 1000 / time.Duration(answers)
			f.database = t.database * 1000 / time.Duration(answers)
		}
		out[i] = f
	}
	return out
}

// median is the middle value, or the mean of the two in the middle; 0 for none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[n/2] + sorted[(n-1)/2]) / 2
}

// coldStarts measures, in turns, how long the targets take from the start of their process to the first good answer.
func coldStarts(ctx context.Context, p plan, targets []*target, db *database) ([]time.Duration, error) {
	took := make([][]float64, len(targets))
	for range p.starts {
		for i, t := range targets {
			if t.launch == nil {
				continue
			}
			d, err := t.begin(ctx, db.url())
			t.end()
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], float64(d))
		}
	}
	medians := make([]time.Duration, len(targets))
	for i := range took {
		medians[i] = time.Duration(median(took[i]))
	}
	return medians, nil
}
