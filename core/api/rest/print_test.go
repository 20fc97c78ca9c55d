package rest_test

import (
	"strings"

	"github.com/pergola-dev/pergola/core/query"
)

// The printers write what the parsers read, each name and value quoted, so that a test can demand that printing and
// parsing again changes nothing.

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func printItems(items []query.Item) string {
	texts := make([]string, len(items))
	for i, item := range items {
		switch item := item.(type) {
		case query.Star:
			texts[i] = "*"
		case query.Field:
			texts[i] = alias(item.Alias) + printField(item)
		case *query.Embed:
			texts[i] = printEmbed(item)
		}
	}
	return strings.Join(texts, ",")
}

func alias(name string) string {
	if name == "" {
		return ""
	}
	return quote(name) + ":"
}

func printEmbed(e *query.Embed) string {
	text := alias(e.Alias)
	if e.Spread {
		text = "..."
	}
	text += quote(e.Relation)
	if e.Hint != "" {
		text += "!" + quote(e.Hint)
	}
	if e.Inner {
		text += "!inner"
	}
	return text + "(" + printItems(e.Selection.Items) + ")"
}

func printField(f query.Field) string {
	text := ""
	if f.Column != "" {
		text = printOperand(f.Operand) + cast(f.Cast)
	}
	if f.Aggregate != query.NoAggregate {
		if text != "" {
			text += "."
		}
		text += f.Aggregate.String() + "()" + cast(f.AggregateCast)
	}
	return text
}

func cast(name string) string {
	if name == "" {
		return ""
	}
	return "::" + name
}

func printOperand(o query.Operand) string {
	text := quote(o.Column)
	for _, s := range o.Path {
		text += "->"
		if s.Text {
			text += ">"
		}
		if s.Index {
			text += s.Key
		} else {
			text += quote(s.Key)
		}
	}
	return text
}

func printOrder(terms []query.OrderTerm) string {
	texts := make([]string, len(terms))
	for i, t := range terms {
		text := printOperand(t.Operand)
		if t.Embed != "" {
			text = quote(t.Embed) + "(" + text + ")"
		}
		if t.Descending {
			text += ".desc"
		}
		texts[i] = text + [...]string{"", ".nullsfirst", ".nullslast"}[t.Nulls]
	}
	return strings.Join(texts, ",")
}

func printLogic(l query.Logic) string {
	texts := make([]string, len(l.Terms))
	for i, t := range l.Terms {
		switch t := t.(type) {
		case query.Logic:
			texts[i] = negation(t.Negated) + map[bool]string{true: "or", false: "and"}[t.Or] + printLogic(t)
		case query.Filter:
			texts[i] = printOperand(t.Operand) + "." + printFilter(t, quote)
		}
	}
	return "(" + strings.Join(texts, ",") + ")"
}

func negation(negated bool) string {
	if negated {
		return "not."
	}
	return ""
}

// operators are the names of the operators, by number.
var operators = [...]string{
	"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj",
}

// printFilter writes a filter's test. value writes a single value where the filter stands.
func printFilter(f query.Filter, value func(string) string) string {
	text := negation(f.Negated)
	switch t := f.Test.(type) {
	case query.Compare:
		text += operators[t.Op] + [...]string{"", "(any)", "(all)"}[t.Quantifier] + "." + value(t.Value)
	case query.In:
		values := make([]string, len(t.Values))
		for i, v := range t.Values {
			values[i] = quote(v)
		}
		text += "in.(" + strings.Join(values, ",") + ")"
	case query.Is:
		text += "is." + [...]string{"null", "not_null", "true", "false", "unknown"}[t.Value]
	case query.IsDistinct:
		text += "isdistinct." + value(t.Value)
	case query.FullText:
		text += [...]string{"fts", "plfts", "phfts", "wfts"}[t.Parser]
		if t.Language != "" {
			text += "(" + quote(t.Language) + ")"
		}
		text += "." + value(t.Query)
	}
	return text
}
