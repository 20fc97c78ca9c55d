package dsqlproxy

import "strings"

// rules look at the text of one statement; the first that refuses counts. What Aurora DSQL says where its words are not
// known is worded like what it says of a related statement.
var rules = []func(statement) *refusal{
	savepoints, isolation, wholeStatements, functions, locks, creations, indexes, rowSecurity, columns, calls, settings,
}

// check applies the rules about text.
func (s statement) check() *refusal {
	for _, rule := range rules {
		if r := rule(s); r != nil {
			return r
		}
	}
	return nil
}

func savepoints(s statement) *refusal {
	var what string
	switch {
	case s.begins("savepoint"):
		what = "SAVEPOINT"
	case s.begins("rollback (work|transaction) to"):
		what = "ROLLBACK TO"
	case s.begins("release"):
		what = "RELEASE"
	case s.begins("prepare transaction"), s.begins("commit|rollback prepared"):
		what = "PREPARE TRANSACTION"
	default:
		return nil
	}
	return unsupported("unsupported transaction statement: " + what)
}

// isolation: there is one level only.
func isolation(s statement) *refusal {
	if !s.begins("begin|start") && !s.begins("set (local|session) transaction") && !s.begins("set session characteristics") {
		return nil
	}
	i := s.find(0, "isolation level")
	if i < 0 || s.find(i, "isolation level repeatable read") == i {
		return nil
	}
	level := s.at(i + 2).text
	if level == "read" {
		level += " " + s.at(i+3).text
	}
	return unsupported("isolation level " + strings.ToUpper(level) + " not supported")
}

// refusedStatements are those that are refused whatever they say, by the words that they begin with.
var refusedStatements = []struct{ words, tag string }{
	{"do", "Do"},
	{"truncate", "Truncate"},
	{"listen", "Listen"},
	{"notify", "Notify"},
	{"unlisten", "Unlisten"},
	{"lock", "Lock"},
	{"copy", "Copy"}, // not Aurora DSQL's: the proxy does not carry it
	{"create (or) (replace) (constraint) trigger", "CreateTrig"},
	{"create event trigger", "CreateEventTrig"},
	{"create extension", "CreateExtension"},
	{"create policy", "CreatePolicy"},
	{"alter policy", "AlterPolicy"},
	{"create materialized view", "CreateTableAs"},
}

func wholeStatements(s statement) *refusal {
	for _, r := range refusedStatements {
		if s.begins(r.words) {
			return unsupported("unsupported statement: " + r.tag)
		}
	}
	return nil
}

// functions: the only language is SQL.
func functions(s statement) *refusal {
	if !s.begins("create (or) (replace) function|procedure") {
		return nil
	}
	i := s.find(0, "language")
	if i < 0 {
		return nil // the server refuses it, or it has a body of SQL
	}
	language := s.at(i + 1)
	if language.kind == symbol || strings.EqualFold(language.text, "sql") {
		return nil
	}
	return unsupported("CREATE FUNCTION with language " + language.text + " not supported")
}

// locks: FOR KEY SHARE is there, and FOR UPDATE of rows that are named by their key.
func locks(s statement) *refusal {
	for i := range s.tokens {
		end, ok := s.follows(i, "for (no) (key) update|share")
		if !ok || s.begins("create|alter") {
			continue
		}
		if r := s.lock(i, end); r != nil {
			return r
		}
	}
	return nil
}

// lock judges the lock clause whose first words stand in [from, end).
func (s statement) lock(from, end int) *refusal {
	var words []string
	for _, t := range s.tokens[from:end] {
		words = append(words, strings.ToUpper(t.text))
	}
	clause := strings.Join(words, " ")
	if clause != "FOR UPDATE" && clause != "FOR KEY SHARE" {
		return unsupported(clause + " not supported")
	}
	wait := s.afterNames(end)
	switch {
	case wait.is("nowait"):
		return unsupported("NOWAIT not supported")
	case wait.is("skip"):
		return unsupported("SKIP LOCKED not supported")
	case clause == "FOR UPDATE" && !s.comparesBefore(from):
		return unsupported("locking clause such as FOR UPDATE can be applied only on tables with equality predicates on the key")
	default:
		return nil
	}
}

// afterNames gives the token behind the names of tables that a lock clause may give.
func (s statement) afterNames(i int) token {
	if !s.at(i).is("of") {
		return s.at(i)
	}
	for i++; s.at(i+1).is(",") || s.at(i+1).is("."); {
		i += 2
	}
	return s.at(i + 1)
}

// comparesBefore reports whether an equality stands between WHERE and an index.
func (s statement) comparesBefore(end int) bool {
	where := s.find(0, "where")
	for i := where; i >= 0 && i < end; i++ {
		if s.at(i).is("=") {
			return true
		}
	}
	return false
}

func creations(s statement) *refusal {
	if i, ok := s.follows(0, "create type"); ok {
		for ; i < len(s.tokens); i++ {
			if _, enum := s.follows(i, "as enum"); enum {
				return unsupported("unsupported statement: CreateEnum")
			}
		}
		return unsupported("CREATE TYPE not supported")
	}
	if s.begins("create (or) (replace) (local|global) temp|temporary") || s.has("into temp|temporary") {
		return unsupported("TEMPORARY or TEMP table not supported")
	}
	if !s.begins("create (unlogged) table") {
		return nil
	}
	for i := 0; i < len(s.tokens); i++ {
		_, partitioned := s.follows(i, "partition by|of")
		switch {
		case s.tokens[i].is("("):
			i = s.closing(i)
		case s.tokens[i].is("as"):
			return unsupported("unsupported statement: CreateTableAs")
		case partitioned:
			return unsupported("PARTITION BY clause not supported")
		}
	}
	return nil
}

// indexes are built in the background, and have no access method to choose.
func indexes(s statement) *refusal {
	i, ok := s.follows(0, "create (unique) index")
	if !ok {
		return nil
	}
	if !s.at(i).is("async") {
		return unsupported("Please use CREATE INDEX ASYNC")
	}
	for i++; i < len(s.tokens) && !s.tokens[i].is("("); i++ {
		if s.tokens[i].is("using") {
			return unsupported("USING not supported for CREATE INDEX")
		}
	}
	return nil
}

// rewritten gives the statement in words that PostgreSQL knows.
func (s statement) rewritten() statement {
	i, index := s.follows(0, "create (unique) index")
	if !index {
		i, index = s.follows(0, "alter table")
	}
	if index && s.at(i).is("async") {
		return s.without(i)
	}
	return s
}

func rowSecurity(s statement) *refusal {
	i := s.find(0, "row level security")
	if i < 0 || !s.begins("alter table") {
		return nil
	}
	action := s.at(i - 1)
	if action.is("force") && s.at(i-2).is("no") {
		action.text = "no force"
	}
	return unsupported("unsupported ALTER TABLE " + strings.ToUpper(action.text) + " ROW SECURITY statement")
}

// calls are of functions that need what is not there.
func calls(s statement) *refusal {
	for i, t := range s.tokens {
		lock := strings.HasPrefix(t.text, "pg_advisory_") || strings.HasPrefix(t.text, "pg_try_advisory_")
		if (t.is("pg_notify") || t.kind == word && lock) && s.at(i+1).is("(") {
			return unsupported("function " + t.text + " not supported")
		}
	}
	return nil
}
