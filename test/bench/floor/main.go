// Command floor is what an API over PostgreSQL cannot be faster than: net/http and pgx, one prepared statement for each
// path, the JSON built by the database. It looks at no token, plans nothing and sets nothing. The benchmark gives the
// speed of everything else as a share of this.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// statements are by path. The parameters are the parts of the query string between commas, or the body of a POST.
var statements = map[string]string{
	"/one":    `select coalesce(json_agg(r), '[]') from (select * from customers where id = $1) r`,
	"/list":   `select coalesce(json_agg(r), '[]') from (select * from orders order by id limit $1) r`,
	"/filter": `select coalesce(json_agg(r), '[]') from (select id, total, placed_at from orders where status = $1 and total > $2 order by placed_at desc limit 10) r`,
	"/toone":  `select coalesce(json_agg(r), '[]') from (select o.id, o.total, (select row_to_json(c) from (select name, city from customers where id = o.customer_id) c) as customers from orders o where o.customer_id = $1) r`,
	"/tomany": `select coalesce(json_agg(r), '[]') from (select c.id, c.name, coalesce((select json_agg(o) from (select id, total, status from orders where customer_id = c.id) o), '[]') as orders from customers c order by c.id limit $1) r`,
	"/count":  `select coalesce(json_agg(r), '[]'), (select count(*)::text from customers) from (select id, name from customers order by id limit $1) r`,
	"/insert": `insert into events (kind, customer_id, payload) select kind, customer_id, payload from json_to_record($1) as r(kind text, customer_id integer, payload jsonb)`,
	"/rpc":    `select to_json(add($1, $2))`,
	"/setrpc": `select coalesce(json_agg(r), '[]') from orders_of($1) r`,
}

func prepare(ctx context.Context, c *pgx.Conn) error {
	for path, sql := range statements {
		if _, err := c.Prepare(ctx, path, sql); err != nil {
			return err
		}
	}
	return nil
}

type floor struct{ pool *pgxpool.Pool }

// ServeHTTP runs the statement of the path and sends its first column.
func (f floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	args, err := arguments(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c, err := f.pool.Acquire(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer c.Release()
	res := c.Conn().PgConn().ExecPrepared(r.Context(), r.URL.Path, args, nil, nil).Read()
	switch {
	case res.Err != nil:
		http.Error(w, res.Err.Error(), http.StatusInternalServerError)
	case len(res.Rows) == 0:
		w.WriteHeader(http.StatusCreated)
	default:
		if len(res.Rows[0]) > 1 {
			w.Header().Set("Content-Range", "0-9/"+string(res.Rows[0][1]))
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(res.Rows[0][0])))
		_, _ = w.Write(res.Rows[0][0]) // a caller who has gone needs no answer
	}
}

func arguments(r *http.Request) ([][]byte, error) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		return [][]byte{body}, err
	}
	var args [][]byte
	for part := range strings.SplitSeq(r.URL.RawQuery, ",") {
		args = append(args, []byte(part))
	}
	return args, nil
}

// main takes the address to listen on and the URI of the database.
func main() {
	cfg, err := pgxpool.ParseConfig(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	cfg.MaxConns, cfg.AfterConnect = 10, prepare
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Args[1], floor{pool}))
}
