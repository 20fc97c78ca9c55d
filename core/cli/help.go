package cli

import (
	"context"
	"fmt"
	"strings"
)

// help prints the list of commands, or the usage of one.
func help(ctx context.Context, args []string, io IO) error {
	if len(args) > 0 {
		return dispatch(ctx, append(args, "-h"), io)
	}
	var b strings.Builder
	b.WriteString("Pergola gives a PostgreSQL database a Supabase-compatible API.\n\nUsage: pergola COMMAND [ARGUMENTS]\n\n")
	writeCommands(&b, commands())
	b.WriteString("\n\"pergola COMMAND -h\" tells more about one.\n")
	_, err := fmt.Fprint(io.Stdout, b.String())
	return err
}

func writeCommands(b *strings.Builder, all []command) {
	for _, c := range all {
		fmt.Fprintf(b, "  %-10s %s\n", c.name, c.summary)
	}
}

// unknown is the error for a command that is none of those known, with the nearest one suggested.
func unknown(parent, name string, known []string) error {
	if near := nearest(name, known); near != "" {
		return usagef("unknown command %q: did you mean %q?", parent+name, parent+near)
	}
	return usagef("unknown command %q: it is one of %s", parent+name, parent+strings.Join(known, ", "+parent))
}

// nearest is the known word that the fewest edits make of word; "" when that would be another word altogether.
func nearest(word string, known []string) string {
	best, bestCost := "", 1+(len(word)+1)/2
	for _, k := range known {
		if cost := edits(word, k); cost < bestCost {
			best, bestCost = k, cost
		}
	}
	return best
}

// edits counts the letters to add, drop or replace to make b of a (Levenshtein).
func edits(a, b string) int {
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current := []int{i + 1}
		for j := range len(b) {
			replaced := previous[j]
			if a[i] != b[j] {
				replaced++
			}
			current = append(current, min(replaced, previous[j+1]+1, current[j]+1))
		}
		previous = current
	}
	return previous[len(b)]
}
