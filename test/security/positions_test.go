package security_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// kind is what may come of a hostile text in a position.
type kind int

const (
	value  kind = iota // it reaches the database as a parameter or a setting: the SQL text is that of the benign twin
	output             // it names a value of the answer: the SQL text is the twin's but for that one name, quoted
	lookup             // it is looked up and not found, or it is no word of the grammar: no statement is made
	syntax             // it may change the request's meaning: whatever statement is made has nothing but our own tokens
)

// position is a place in a request where a client's text stands.
type position struct {
	name string
	kind kind
	send func(text string) *http.Request
}

// positions are all the places that a request has.
func positions() []position {
	return append(append(append(selected(), filtered()...), written()...), around()...)
}

// selected are the positions of what a request shows, and in which order.
func selected() []position {
	return []position{
		{"an alias of a column", output, query("/films", "select", "$q:title")},
		{"an alias of a cast", output, query("/films", "select", "$q:id::text")},
		{"an alias of an aggregate", output, query("/films", "select", "$q:rating.max(),title")},
		{"an alias of a count", output, query("/films", "select", "$q:count()")},
		{"an alias of an embed", output, query("/films", "select", "id,$q:directors(name)")},
		{"an alias inside an embed", output, query("/directors", "select", "id,x:films(id,$q:title)")},
		{"an alias inside a spread", output, query("/films", "select", "id,...directors($q:name)")},
		{"an alias inside a spread of many", output, query("/directors", "select", "id,...films($q:title)")},
		{"an alias of a returned value", output, with(write(http.MethodPost, "/films", `{"title":"a"}`, "select", "$q:title"),
			"Prefer", "return=representation")},
		{"an alias of a function's value", output, query("/rpc/films_of", "director", "1", "select", "$q:title")},
		{"a JSON key that names its value", output, query("/films", "select", "data->$q")},
		{"the last of several JSON keys", output, query("/films", "select", "data->a->>$q")},
		{"a JSON key", value, query("/films", "select", "x:data->$q->>b")},
		{"a JSON key of an order", value, query("/films", "order", "data->$q")},
		{"a column", lookup, query("/films", "select", "$q")},
		{"a column with an arrow", lookup, query("/films", "select", "$q->a")},
		{"a cast column", lookup, query("/films", "select", "$q::text")},
		{"an aggregated column", lookup, query("/films", "select", "$q.sum()")},
		{"an embed", lookup, query("/films", "select", "id,$q(id)")},
		{"a spread embed", lookup, query("/films", "select", "id,...$q(id)")},
		{"a hint", lookup, query("/films", "select", "id,directors!$q(id)")},
		{"a column of an embed", lookup, query("/films", "select", "id,directors($q)")},
		{"a column of an order", lookup, query("/films", "order", "$q.desc")},
		{"an embed of an order", lookup, query("/films", "select", "id,directors(id)", "order", "$q(id)")},
		{"a column of an embed's order", lookup, query("/films", "select", "id,directors(id)", "order", "directors($q)")},
		{"the embed that an order is of", lookup, query("/films", "select", "id,directors(id)", "$q.order", "id")},
		{"a limit", lookup, query("/films", "limit", "$r")},
		{"an offset", lookup, query("/films", "offset", "$r")},
		{"a limit of an embed", lookup, query("/directors", "select", "id,films(id)", "films.limit", "$r")},
		{"a type", lookup, query("/films", "select", "id::x$r")},
		{"what follows a type", syntax, query("/films", "select", "id::text$r")},
		{"an index", syntax, query("/films", "select", "data->1$r")},
		{"a bare JSON key", syntax, query("/films", "select", "data->$r")},
		{"a direction", syntax, query("/films", "order", "id.$r")},
		{"a whole select", syntax, query("/films", "select", "$r")},
		{"the end of a select", syntax, query("/films", "select", "id,directors(id$r")},
		{"a whole order", syntax, query("/films", "order", "$r")},
	}
}

// filtered are the positions of conditions.
func filtered() []position {
	return []position{
		{"a value", value, query("/films", "title", "eq.$r")},
		{"a pattern", value, query("/films", "title", "like.$r")},
		{"a regular expression", value, query("/films", "title", "imatch.$r")},
		{"a range", value, query("/films", "tags", "cs.$r")},
		{"a value of any", value, query("/films", "title", "eq(any).$r")},
		{"a pattern of all", value, query("/films", "title", "like(all).$r")},
		{"a distinct value", value, query("/films", "title", "isdistinct.$r")},
		{"a quoted value of a list", value, query("/films", "title", "in.(a,$q)")},
		{"a bare value of a list", syntax, query("/films", "title", "in.(a,$r)")},
		{"a text search", value, query("/films", "plot", "wfts.$r")},
		{"a language", value, query("/films", "plot", "fts($q).x")},
		{"a text search in text", value, query("/films", "title", "plfts($q).x")},
		{"a value with a representation", value, query("/films", "shade", "eq.$r")},
		{"a list with a representation", value, query("/films", "shade", "in.($q)")},
		{"a value that is negated", value, query("/films", "title", "not.gte.$r")},
		{"a JSON key of a filter", value, query("/films", "data->$q", "eq.1")},
		{"a value of a logic tree", value, query("/films", "or", "(title.eq.$q,id.eq.1)")},
		{"a value deep in a logic tree", value, query("/films", "and", "(id.gt.1,not.or(title.like.$q,id.eq.1))")},
		{"a value of an embed's filter", value, query("/films", "select", "id,directors(id)", "directors.name", "eq.$r")},
		{"a value of a delete", value, sending(http.MethodDelete, "/films", "title", "eq.$r")},
		{"a value of an update", value, write(http.MethodPatch, "/films", `{"title":"a"}`, "title", "eq.$r")},
		{"a key of a PUT", value, write(http.MethodPut, "/films", `{"id":1,"title":"a"}`, "id", "eq.$r")},
		{"a filter's column", lookup, query("/films", "$q", "eq.1")},
		{"a filter's column with an arrow", lookup, query("/films", "$q->a", "eq.1")},
		{"an embed's filter", lookup, query("/films", "select", "id,directors(id)", "$q.id", "eq.1")},
		{"a column of a logic tree", lookup, query("/films", "or", "($q.eq.1,id.eq.1)")},
		{"a column of a delete", lookup, sending(http.MethodDelete, "/films", "$q", "eq.1")},
		{"an operator", lookup, query("/films", "id", "x$r.1")},
		{"an operator of a logic tree", lookup, query("/films", "or", "(id.x$r.1)")},
		{"a bare key", syntax, query("/films", "$r", "eq.1")},
		{"a bare filter", syntax, query("/films", "id", "$r")},
		{"what follows a null test", syntax, query("/films", "id", "is.null$r")},
		{"a bare value of a logic tree", syntax, query("/films", "or", "(title.eq.$r,id.eq.1)")},
		{"a whole logic tree", syntax, query("/films", "and", "$r")},
		{"the end of a logic tree", syntax, query("/films", "and", "(id.eq.1$r")},
	}
}

// written are the positions of bodies and of arguments.
func written() []position {
	csv := func(body string) func(string) *http.Request {
		return func(text string) *http.Request {
			cell := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			return typed(request(http.MethodPost, "/films", strings.ReplaceAll(body, "$c", cell)), "text/csv")
		}
	}
	merge := func(send func(string) *http.Request) func(string) *http.Request {
		return with(send, "Prefer", "resolution=merge-duplicates")
	}
	return []position{
		{"a value of a body", value, write(http.MethodPost, "/films", `{"title":$j}`)},
		{"a value of many rows", value, write(http.MethodPost, "/films", `[{"title":"a","data":$j},{"title":$j,"data":null}]`)},
		{"a value of an upsert", value, merge(write(http.MethodPost, "/films", `{"id":1,"title":$j}`))},
		{"a value of a patch", value, write(http.MethodPatch, "/films", `{"title":$j}`, "id", "eq.1")},
		{"a value with a default", value, with(write(http.MethodPost, "/films", `[{"title":$j}]`), "Prefer", "missing=default")},
		{"a value with a representation in a body", value, write(http.MethodPost, "/films", `{"shade":$j}`)},
		{"a key inside of a value", value, write(http.MethodPost, "/films", `{"data":{$j:1}}`)},
		{"a cell", value, csv("title\n$c\n")},
		{"a key of a body", lookup, write(http.MethodPost, "/films", `{"title":"a",$j:1}`)},
		{"a key of a patch", lookup, write(http.MethodPatch, "/films", `{$j:1}`, "id", "eq.1")},
		{"a name of a header line", lookup, csv("title,$c\na,b\n")},
		{"a name in columns", lookup, write(http.MethodPost, "/films", `{"title":"a"}`, "columns", "title,$q")},
		{"a name in on_conflict", lookup, merge(write(http.MethodPost, "/films", `{"title":"a"}`, "on_conflict", "$q"))},
		{"a whole body", syntax, write(http.MethodPost, "/films", `$r`)},
		{"a whole form", syntax, func(text string) *http.Request {
			return typed(request(http.MethodPost, "/films", text), "application/x-www-form-urlencoded")
		}},
		{"a whole CSV", syntax, func(text string) *http.Request { return typed(request(http.MethodPost, "/films", text), "text/csv") }},
		{"an argument", value, query("/rpc/films_of", "director", "$r")},
		{"an argument of a list", value, query("/rpc/total", "values", "$r")},
		{"an argument of a body", value, write(http.MethodPost, "/rpc/films_of", `{"director":$j}`)},
		{"a whole argument", value, write(http.MethodPost, "/rpc/import", `$j`)},
		{"an argument of a form", value, func(text string) *http.Request {
			return typed(request(http.MethodPost, "/rpc/films_of", "director="+url.QueryEscape(text)), "application/x-www-form-urlencoded")
		}},
		{"a filter of a function's rows", value, query("/rpc/films_of", "director", "1", "title", "eq.$r")},
		{"an argument's name", lookup, query("/rpc/films_of", "director", "1", "x$r", "1")},
		{"an argument's name in a body", lookup, write(http.MethodPost, "/rpc/films_of", `{"director":1,$j:1}`)},
		{"a function", lookup, func(text string) *http.Request { return request(http.MethodPost, "/rpc/x"+text, "{}") }},
		{"a relation", lookup, func(text string) *http.Request { return request(http.MethodGet, "/x"+text, "") }},
	}
}

// around are the positions of headers.
func around() []position {
	films := query("/films", "select", "id")
	header := func(name, text string) func(string) *http.Request { return with(films, name, text) }
	return []position{
		{"a preference", value, header("Prefer", "$r")},
		{"a preference's value", value, header("Prefer", "return=x$r, x=$r")},
		{"a time zone", value, header("Prefer", "timezone=x$r")},
		{"a bound of rows", value, with(write(http.MethodPatch, "/films", `{"title":"a"}`), "Prefer", "max-affected=$r")},
		{"a range", value, header("Range", "$r")},
		{"a range's end", value, header("Range", "x$r-$r")},
		{"a header", value, header("X-Anything", "$r")},
		{"a user agent", value, header("User-Agent", "$r")},
		{"a cookie", value, header("Cookie", "a=$r; $r=b")},
		{"a header's name", value, func(text string) *http.Request {
			r := films("")
			r.Header[text] = []string{"x"}
			return r
		}},
		{"a host", value, func(text string) *http.Request {
			r := films("")
			r.Host = "x" + text
			return r
		}},
		{"a profile", lookup, header("Accept-Profile", "x$r")},
		{"a method", lookup, func(text string) *http.Request { return request("X"+text, "/films", "") }},
		{"a media type", syntax, header("Accept", "$r")},
		{"a parameter of a media type", syntax, header("Accept", `application/vnd.pgrst.plan+json; for="$r"; options=analyze|$r`)},
		{"a media type of a body", syntax, with(write(http.MethodPost, "/films", `{"title":"a"}`), "Content-Type", "$r")},
		{"what follows a path", syntax, func(text string) *http.Request { return request(http.MethodGet, "/films/"+text, "") }},
	}
}

// fill puts a client's text into a pattern: $q in the quotes of the grammar, $j as a JSON string, $r as it is.
func fill(pattern, text string) string {
	switch {
	case strings.Contains(pattern, "$q"):
		text = `"` + escape.Replace(text) + `"`
		return strings.ReplaceAll(pattern, "$q", text)
	case strings.Contains(pattern, "$j"):
		encoded, _ := json.Marshal(text) // a string always encodes
		return strings.ReplaceAll(pattern, "$j", string(encoded))
	}
	return strings.ReplaceAll(pattern, "$r", text)
}

// escape puts a backslash before what would end or open something inside of the grammar's quotes.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// query is a GET with parameters given as name, value, name, value.
func query(path string, pairs ...string) func(string) *http.Request {
	return sending(http.MethodGet, path, pairs...)
}

func sending(method, path string, pairs ...string) func(string) *http.Request {
	return write(method, path, "", pairs...)
}

// write is a request with a JSON body.
func write(method, path, body string, pairs ...string) func(string) *http.Request {
	return func(text string) *http.Request {
		r := request(method, path, fill(body, text))
		var parts []string
		for i := 0; i < len(pairs); i += 2 {
			parts = append(parts, url.QueryEscape(fill(pairs[i], text))+"="+url.QueryEscape(fill(pairs[i+1], text)))
		}
		r.URL.RawQuery = strings.Join(parts, "&")
		return r
	}
}

// request has the method and the path as they are given, whether or not a real client could send them.
func request(method, path, body string) *http.Request {
	return &http.Request{
		Method: method, URL: &url.URL{Path: path}, Host: "example.com", Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func typed(r *http.Request, contentType string) *http.Request {
	r.Header.Set("Content-Type", contentType)
	return r
}

// with adds a header whose value has a client's text in it.
func with(send func(string) *http.Request, name, pattern string) func(string) *http.Request {
	return func(text string) *http.Request {
		r := send(text)
		r.Header[name] = []string{fill(pattern, text)}
		return r
	}
}
