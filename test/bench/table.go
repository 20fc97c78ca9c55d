package main

import (
	"fmt"
	"strings"
	"time"
)

// tables are the figures in Markdown.
func (r *results) tables() []byte {
	var b strings.Builder
	r.speeds(&b)
	r.costs(&b)
	r.footprints(&b)
	return []byte(b.String())
}

// speeds is the table of answers a second, and their share of the floor's.
func (r *results) speeds(b *strings.Builder) {
	fmt.Fprintf(b, "Answers a second, %d connections, median of %d rounds of %s in turns (share of the floor):\n\n",
		r.plan.connections, r.plan.rounds, r.plan.each)
	r.header(b, "operation", "goal")
	for i, o := range r.operations {
		fmt.Fprintf(b, "| %s |", o.name)
		for _, f := range r.figures[i] {
			fmt.Fprintf(b, " %s (%.2f) |", thousands(f.rate), f.share())
		}
		if o.goal > 0 {
			fmt.Fprintf(b, " %.2f |\n", o.goal)
		} else {
			b.WriteString(" - |\n")
		}
	}
}

// costs is the table of CPU times.
func (r *results) costs(b *strings.Builder) {
	b.WriteString("\nCPU of 1,000 answers in milliseconds, of the server and of the database:\n\n")
	r.header(b, "operation")
	for i, o := range r.operations {
		fmt.Fprintf(b, "| %s |", o.name)
		for _, f := range r.figures[i] {
			fmt.Fprintf(b, " %s + %s |", milliseconds(f.server), milliseconds(f.database))
		}
		b.WriteByte('\n')
	}
}

// footprints is the table of what is the same for all operations.
func (r *results) footprints(b *strings.Builder) {
	b.WriteByte('\n')
	r.header(b, "")
	b.WriteString("| peak memory, MiB |")
	for _, m := range r.memory {
		fmt.Fprintf(b, " %s |", known(m, "%.1f"))
	}
	fmt.Fprintf(b, "\n| cold start, ms, median of %d |", r.plan.starts)
	for _, d := range r.coldStart {
		fmt.Fprintf(b, " %s |", known(float64(d)/float64(time.Millisecond), "%.1f"))
	}
	b.WriteByte('\n')
}

// header is the first two lines of a table with a column for each target, and others before and after them.
func (r *results) header(b *strings.Builder, first string, last ...string) {
	names := []string{first}
	for _, t := range r.targets {
		names = append(names, t.name)
	}
	names = append(names, last...)
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
}

// known writes a figure, or a dash for one that nobody could find out.
func known(value float64, format string) string {
	if value == 0 {
		return "-"
	}
	return fmt.Sprintf(format, value)
}

func milliseconds(d time.Duration) string {
	return known(float64(d)/float64(time.Millisecond), "%.0f")
}

// thousands writes a whole number with a comma before each group of three digits.
func thousands(value float64) string {
	digits := fmt.Sprintf("%.0f", value)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
