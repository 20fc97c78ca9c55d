package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pergola-dev/pergola/core/pg"
)

// unprotectedSQL lists the tables that the API exposes without row-level security. Partitions are not exposed.
const unprotectedSQL = `
select format('%I.%I', n.nspname, c.relname)
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in (select jsonb_array_elements_text($1::jsonb))
  and c.relkind in ('r', 'p')
  and not c.relispartition
  and not c.relrowsecurity
order by 1`

// unprotected names the exposed tables that have no row-level security.
func unprotected(ctx context.Context, conn *pg.Conn, schemas []string) ([]string, error) {
	exposed, err := json.Marshal(schemas)
	if err != nil {
		return nil, fmt.Errorf("encoding the schemas: %w", err)
	}
	rows, err := conn.Rows(ctx, unprotectedSQL, string(exposed))
	if err != nil {
		return nil, fmt.Errorf("looking for tables without row-level security: %w", err)
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row[0]
	}
	return names, nil
}

// unprotectedWarning tells what it means and what to do.
func unprotectedWarning(table string) string {
	return fmt.Sprintf("Warning: the table %s has no row-level security: the grants alone decide who reads and writes it. "+
		"To change that: alter table %s enable row level security", table, table)
}
