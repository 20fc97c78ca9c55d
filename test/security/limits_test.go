package security_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// TestLimits shows that a request over a limit is refused with the limit's name, and that the setting moves it.
func TestLimits(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(filmsSQL)
	ordinary := start(t, db.URLAs("authenticator"), nil)
	strict := start(t, db.URLAs("authenticator"), []string{"PERGOLA_MAX_FILTERS=5", "PERGOLA_MAX_EMBED_DEPTH=1", "PERGOLA_MAX_BODY=20"})
	none := start(t, db.URLAs("authenticator"), []string{"PERGOLA_MAX_FILTERS=0"})
	conditions := func(n int) string { return "/rest/v1/films?select=id" + strings.Repeat("&id=gt.0", n) }
	for _, tt := range []struct {
		name, path, body, names string
		api                     *api
		status                  int
	}{
		{"up to the ordinary limit", conditions(999), "", "", ordinary, 200},
		{"beyond the ordinary limit", conditions(1000), "", "PERGOLA_MAX_FILTERS", ordinary, 400},
		{"up to a strict limit", conditions(4), "", "", strict, 200},
		{"beyond a strict limit", conditions(5), "", "PERGOLA_MAX_FILTERS", strict, 400},
		{"no limit", conditions(1500), "", "", none, 200},
		{"one embed", "/rest/v1/films?select=directors(id)", "", "", strict, 200},
		{"embeds too deep", "/rest/v1/films?select=directors(films(id))", "", "PERGOLA_MAX_EMBED_DEPTH", strict, 400},
		{"a small body", "/rest/v1/rpc/import", `{"a":1}`, "", strict, 200},
		{"a large body", "/rest/v1/rpc/import", `{"a":"twenty bytes or more"}`, "PERGOLA_MAX_BODY", strict, 413},
		{
			"logic too deep", "/rest/v1/films?or=" + strings.Repeat("(and", 101) + "(id.eq.1" + strings.Repeat(")", 102), "", "100 levels",
			ordinary, 400,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method := http.MethodGet
			if tt.body != "" {
				method = http.MethodPost
			}
			got := tt.api.call(t, method, tt.path, tt.body, "Content-Type", "application/json", "Authorization", bearer("service_role", "x"))
			if got.status != tt.status || !strings.Contains(got.body, tt.names) {
				t.Errorf("%d %.300s", got.status, got.body)
			}
		})
	}
}
