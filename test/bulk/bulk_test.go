package bulk_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

const (
	rows     = 50_000
	mebibyte = 1 << 20
	// wide is the number of rows of a kilobyte each that make an answer of about 100 MB.
	wide = 100_000
)

// schema has a table to fill, and a view that makes much out of nothing.
const schema = `
create table items (id integer primary key, name text, note text);
create view much as
select i as id, repeat('x', 1000) as pad
  from generate_series(1, 100000) as i;
grant all on items to anon;
grant select on much to anon;
`

func database(t testing.TB) *pgtest.DB {
	t.Helper()
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(schema)
	return db
}

// post sends rows and gives the status.
func (s *server) post(contentType string, body []byte) int {
	s.t.Helper()
	res, err := http.Post(s.url+"/rest/v1/items", contentType, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusCreated {
		s.t.Errorf("%s: %d %s", contentType, res.StatusCode, text)
	}
	return res.StatusCode
}

// TestManyRowsIn inserts fifty thousand rows at once, in each form that a body may have.
func TestManyRowsIn(t *testing.T) {
	db := database(t)
	s := serve(t, db.URL())
	for _, form := range []struct {
		contentType        string
		head, row, between string
		tail               string
	}{
		{"application/json", "[", `{"id":%d,"name":"name %d","note":null}`, ",", "]"},
		{"application/x-ndjson", "", `{"id":%d,"name":"name %d","note":null}`, "\n", "\n"},
		{"text/csv", "id,name,note\n", `%d,"name %d",NULL`, "\n", "\n"},
	} {
		t.Run(form.contentType, func(t *testing.T) {
			var body bytes.Buffer
			body.WriteString(form.head)
			for i := range rows {
				if i > 0 {
					body.WriteString(form.between)
				}
				fmt.Fprintf(&body, form.row, i, i)
			}
			body.WriteString(form.tail)
			before := s.peak()
			s.post(form.contentType, body.Bytes())
			if got := db.Value(`select count(*) || ' ' || count(note) from items where name = 'name ' || id`); got != "50000 0" {
				t.Errorf("rows and notes: %s", got)
			}
			t.Logf("%d rows, %.1f MiB in, peak %.1f MiB (before: %.1f)", rows, float64(body.Len())/mebibyte,
				float64(s.peak())/mebibyte, float64(before)/mebibyte)
			db.Exec(`truncate items`)
		})
	}
}

// get reads an answer without keeping it, and gives its length and its number of lines.
func (s *server) get(accept string) (length, lines int64) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+"/rest/v1/much?order=id", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), accept) {
		s.t.Fatalf("got %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	count := &counter{}
	if _, err := io.Copy(count, res.Body); err != nil {
		s.t.Fatal(err)
	}
	return count.bytes, count.lines
}

type counter struct{ bytes, lines int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes += int64(len(b))
	c.lines += int64(bytes.Count(b, []byte{'\n'}))
	return len(b), nil
}

// TestMuchOutAtOnce has the database make one answer of 100 MB. The server may hold a few copies of it, not more.
func TestMuchOutAtOnce(t *testing.T) {
	s := serve(t, database(t).URL())
	length, _ := s.get("application/json")
	peak := s.peak()
	t.Logf("%.1f MiB out, peak %.1f MiB", float64(length)/mebibyte, float64(peak)/mebibyte)
	if length < 100_000_000 || peak > 4*length {
		t.Errorf("an answer of %d bytes took %d bytes of memory", length, peak)
	}
}

// TestMuchOutInLines streams the same rows: their number costs no memory.
func TestMuchOutInLines(t *testing.T) {
	s := serve(t, database(t).URL())
	length, lines := s.get("application/x-ndjson")
	peak := s.peak()
	t.Logf("%.1f MiB out, peak %.1f MiB", float64(length)/mebibyte, float64(peak)/mebibyte)
	if lines != wide || length < 100_000_000 || peak > 64*mebibyte {
		t.Errorf("%d lines of %d bytes in all took %d bytes of memory", lines, length, peak)
	}
}
