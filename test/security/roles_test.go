package security_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

// seen is what a function of the database sees of the request that called it.
type seen struct {
	Role, Subject, Header, Cookie, Zone, Method, Leftover string
}

// seeing is a function that tells it. The setting app.leftover is made by the request itself, as transaction-local settings
// are, and must be gone with it.
const seeing = `
	create function see() returns json language plpgsql as $$
	declare before text := coalesce(current_setting('app.leftover', true), '');
	begin
		perform set_config('app.leftover', current_user || (current_setting('request.headers')::json ->> 'x-mark'), true);
		return json_build_object('role', current_user,
			'subject', current_setting('request.jwt.claims', true)::json ->> 'sub',
			'header', current_setting('request.headers')::json ->> 'x-mark',
			'cookie', current_setting('request.cookies')::json ->> 'c',
			'zone', current_setting('timezone'), 'method', current_setting('request.method'), 'leftover', before);
	end $$;
	create table mine (owner text);
	insert into mine values ('authenticated'), ('auditor'), ('anon');
	alter table mine enable row level security;
	create policy own on mine using (owner = current_user);
	do $$ begin create role auditor; exception when duplicate_object then null; end $$;
	grant auditor to authenticator;
	grant select on mine to auditor;`

// TestRequestsDoNotSeeEachOther lets many clients of three roles share two connections, and demands that each sees its own
// role, claims, headers and settings, and the rows that its role may see.
func TestRequestsDoNotSeeEachOther(t *testing.T) {
	for name, settings := range map[string][]string{
		"prepared statements": nil, "behind a pooler": {"PGRST_DB_PREPARED_STATEMENTS=false"},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			db.Supabase()
			db.Exec(seeing)
			a := start(t, db.URLAs("authenticator"), append([]string{"PGRST_DB_POOL=2"}, settings...))
			var clients sync.WaitGroup
			for n := range 8 {
				clients.Go(func() {
					for i := range 60 {
						if problem := a.look(fmt.Sprintf("%d-%d", n, i)); problem != "" {
							t.Error(problem)
							return
						}
					}
				})
			}
			clients.Wait()
		})
	}
}

// look sends one request of a random role with a mark that nobody else has, and says what is wrong with its answer.
func (a *api) look(mark string) string {
	want := seen{Role: []string{"anon", "authenticated", "auditor"}[rand.IntN(3)], Header: mark, Cookie: mark, Zone: "UTC", Method: "POST"}
	fields := []string{"X-Mark", mark, "Cookie", "c=" + mark, "Prefer", "timezone=UTC"}
	if rand.IntN(2) == 0 {
		want.Zone = "Asia/Tokyo"
		fields[5] = "timezone=Asia/Tokyo"
	}
	if want.Role != "anon" {
		want.Subject = "subject-" + mark
		fields = append(fields, "Authorization", bearer(want.Role, want.Subject))
	}
	got, err := a.do(http.MethodPost, "/rest/v1/rpc/see", fields)
	if err != nil {
		return err.Error()
	}
	var told seen
	if err := json.Unmarshal([]byte(got), &told); err != nil {
		return got
	}
	if told != want {
		return fmt.Sprintf("a request saw %+v, and is %+v", told, want)
	}
	rows, err := a.do(http.MethodGet, "/rest/v1/mine", fields)
	if wanted := fmt.Sprintf(`[{"owner":%q}]`, want.Role); err != nil || rows != wanted {
		return fmt.Sprintf("%s read %s (%v)", want.Role, rows, err)
	}
	return ""
}

// do is call for goroutines, which may not end the test.
func (a *api) do(method, path string, fields []string) (string, error) {
	r, err := http.NewRequest(method, a.URL+path, http.NoBody)
	if err != nil {
		return "", err
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	res, err := a.Client().Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return strings.TrimSpace(string(text)), err
}

// TestStatementsBelongToRoles shows that a role gets nothing from a statement that another role's request prepared on the
// same connection: rights are asked anew.
func TestStatementsBelongToRoles(t *testing.T) {
	db := pgtest.New(t)
	db.Supabase()
	db.Exec(`create schema vault; create table vault.gold (bars int); insert into vault.gold values (7);
		grant usage on schema vault to service_role; grant select on vault.gold to service_role, anon`)
	a := start(t, db.URLAs("authenticator"), []string{"PGRST_DB_POOL=1", "PGRST_DB_SCHEMAS=vault"})
	for range 3 {
		allowed := a.call(t, http.MethodGet, "/rest/v1/gold", "", "Authorization", bearer("service_role", "x"))
		if allowed.status != http.StatusOK || allowed.body != `[{"bars":7}]` {
			t.Errorf("the one who may: %d %s", allowed.status, allowed.body)
		}
		refused := a.call(t, http.MethodGet, "/rest/v1/gold", "")
		if refused.status != http.StatusUnauthorized || !strings.Contains(refused.body, `"code":"42501"`) {
			t.Errorf("the one who may not: %d %s", refused.status, refused.body)
		}
	}
}
