package schema

import (
	"context"
	_ "embed" // for the list
	"fmt"
	"strings"
)

// upstreamVersions are GoTrue's migrations up to UpstreamLevel, one on a line.
//
//go:embed upstream_versions.txt
var upstreamVersions string

const handOverSQL = `
insert into auth.schema_migrations (version)
select v.version
from unnest(string_to_array($1, ',')) as v (version)
on conflict (version) do nothing`

// HandOver fills GoTrue's ledger, so that a GoTrue that is started on the schema finds its migrations done. It is for those
// who leave: a dump of a Supabase project does not load into a ledger that is filled.
func HandOver(ctx context.Context, conn Conn) error {
	list := strings.Join(strings.Fields(upstreamVersions), ",")
	if _, err := conn.Rows(ctx, handOverSQL, list); err != nil {
		return fmt.Errorf("filling GoTrue's ledger: %w", err)
	}
	return nil
}
