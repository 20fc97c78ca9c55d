package schema

import (
	"context"
	_ "embed" // for the list
	"fmt"
	"slices"
	"strings"
)

// needed lists what the service reads and writes, a table and its columns on a line.
//
//go:embed needed.txt
var needed string

// MissingError says that tables of auth, made by somebody else, lack what the service needs.
type MissingError struct {
	Items []string // auth.TABLE, or auth.TABLE.COLUMN
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the schema auth was made by something else, and lacks %s; nothing was changed: let the service that "+
		"made it migrate it to %s first, or move the schema out of the way", strings.Join(e.Items, ", "), UpstreamLevel)
}

const columnsSQL = `
select c.relname, a.attname
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid
where n.nspname = 'auth'
  and c.relkind in ('r', 'p')
  and a.attnum > 0
  and not a.attisdropped`

// requireNeeded looks at the tables that are there before the first migration. None may lack a column that is needed; a
// table that is missing altogether will be made, unless all is to be taken over as it is.
func requireNeeded(ctx context.Context, conn Conn, all bool) error {
	rows, err := conn.Rows(ctx, columnsSQL)
	if err != nil {
		return fmt.Errorf("looking at the schema auth: %w", err)
	}
	found := map[string][]string{}
	for _, row := range rows {
		found[row[0]] = append(found[row[0]], row[1])
	}
	var missing []string
	for line := range strings.Lines(needed) {
		table, columns, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if found[table] == nil {
			if all {
				missing = append(missing, "auth."+table)
			}
			continue
		}
		for _, column := range strings.Fields(columns) {
			if !slices.Contains(found[table], column) {
				missing = append(missing, "auth."+table+"."+column)
			}
		}
	}
	if len(missing) > 0 {
		return &MissingError{Items: missing}
	}
	return nil
}
