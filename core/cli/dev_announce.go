package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/template"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/core/token"
)

// readiness is what people and scripts need to know when everything is up. The names are those of --json.
type readiness struct {
	URL            string `json:"url"`
	PublishableKey string `json:"publishable_key"`
	SecretKey      string `json:"secret_key"`
	AnonKey        string `json:"anon_key"`
	ServiceKey     string `json:"service_role_key"`
	DatabaseURL    string `json:"database_url"`
}

// announce says that everything is up: one line of JSON for scripts, or a page for people.
func (d *devRun) announce(ctx context.Context, address string, db *devDatabase) error {
	r := readiness{URL: address, DatabaseURL: db.owner}
	if err := d.mintKeys(&r); err != nil {
		return err
	}
	r.PublishableKey = firstKey(d.config.APIKeys.Publishable, config.PublishablePrefix)
	r.SecretKey = firstKey(d.config.APIKeys.Secret, config.SecretPrefix)
	if err := d.remember(r); err != nil {
		return err
	}
	if d.json {
		line := json.NewEncoder(d.io.Stdout)
		line.SetEscapeHTML(false) // an address reads better with a plain &
		return line.Encode(r)
	}
	table, err := d.firstTable(ctx, db)
	if err != nil {
		return err
	}
	return readyPage.Execute(d.io.Stdout, struct {
		readiness
		Request firstRequest
		Data    string
		Own     bool
		Users   bool
	}{r, requestFor(table, db.example), d.dataDir(), db.server != nil, db.users})
}

// mintKeys signs the API keys. A secret of the environment that can only verify leaves them empty.
func (d *devRun) mintKeys(r *readiness) error {
	keys, err := token.ParseKeys(string(d.config.JWT.Secret), d.config.JWT.Base64)
	if err != nil {
		return fmt.Errorf("reading the JWT secret: %w", err)
	}
	for role, key := range map[string]*string{cmp.Or(d.config.REST.AnonRole, "anon"): &r.AnonKey, "service_role": &r.ServiceKey} {
		claims := token.Claims{Role: role, Issued: d.keys.Created, Expires: d.keys.Created.Add(keyLife)}
		if *key, err = token.Mint(keys, claims, ""); err != nil {
			d.notice(fmt.Sprintf("There are no API keys to print: %v.", err))
			return nil
		}
	}
	return nil
}

// firstKey is the key of a list that is shown; the list has been read before, so there is no error to come.
func firstKey(list config.Secret, prefix string) string {
	keys, err := config.ParseAPIKeys(string(list), prefix)
	if err != nil || len(keys) == 0 {
		return ""
	}
	return keys[0]
}

// firstTableSQL finds something that the anonymous role may read.
const firstTableSQL = `
select c.relname
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1::name
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not c.relispartition
  and has_table_privilege(to_regrole(quote_ident($2)), c.oid, 'select')
order by c.relname
limit 1`

// firstTable is a relation to ask for in the first request; "" where there is none.
func (d *devRun) firstTable(ctx context.Context, db *devDatabase) (string, error) {
	if d.config.REST.AnonRole == "" {
		return "", nil
	}
	conn, err := pg.Connect(ctx, db.owner)
	if err != nil {
		return "", fmt.Errorf("looking for a table to show: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Rows(ctx, firstTableSQL, d.config.REST.Schemas[0], d.config.REST.AnonRole)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0][0], nil
}

// firstRequest is the request to paste, as a URL and in supabase-js.
type firstRequest struct {
	Path  string // after /rest/v1/; "" where there is nothing to ask for
	Table string // as a JavaScript string
	Chain string // what follows from(...)
}

func requestFor(table string, example bool) firstRequest {
	switch {
	case example:
		return firstRequest{
			Path: "todos?select=title,done,list:lists(name)&order=id&limit=3", Table: "'todos'",
			Chain: ".select('title, done, list:lists(name)').order('id').limit(3)",
		}
	case table == "":
		return firstRequest{}
	}
	quoted, _ := json.Marshal(table) // a string always encodes, and JavaScript reads it as JSON does
	return firstRequest{
		Path: strings.ReplaceAll(url.PathEscape(table), "'", "%27") + "?limit=3", Table: string(quoted), Chain: ".select().limit(3)",
	}
}

// readyPage is what people see.
var readyPage = template.Must(template.New("ready").Parse(`
Pergola is ready.

  API               {{.URL}}/rest/v1
  Its description   {{.URL}}/docs
{{if .Users}}  Auth              {{.URL}}/auth/v1
  Mail it sends     {{.URL}}/inbox
{{end}}  publishable key   {{.PublishableKey}}
  secret key        {{.SecretKey}}
  anon key          {{.AnonKey}}
  service_role key  {{.ServiceKey}}
  Database          {{.DatabaseURL}}
{{with .Request}}{{if .Path}}
A first request:

  curl '{{$.URL}}/rest/v1/{{.Path}}' -H 'apikey: {{$.PublishableKey}}'

The same with supabase-js:

  import { createClient } from '@supabase/supabase-js'
  const supabase = createClient('{{$.URL}}', '{{$.PublishableKey}}')
  const { data, error } = await supabase.from({{.Table}}){{.Chain}}
  console.log(error ?? data)
{{else}}
There is nothing to read yet. Make a table, and it is served at once:

  psql '{{$.DatabaseURL}}' -c 'create table notes (id bigint generated always as identity primary key, body text)'
  curl '{{$.URL}}/rest/v1/notes' -H 'apikey: {{$.PublishableKey}}'
{{end}}{{end}}{{if .Own}}
Data and keys stay in {{.Data}} for the next start. {{end}}Stop with Ctrl-C.
`))
