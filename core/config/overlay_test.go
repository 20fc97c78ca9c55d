package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// The names of PostgREST 17, from its configuration reference and the settings that its own tests keep in a database.
func TestStoredNames(t *testing.T) {
	got := config.StoredNames()
	for _, name := range strings.Fields(`
		pgrst.client_error_verbosity pgrst.db_aggregates_enabled pgrst.db_anon_role pgrst.db_extra_search_path
		pgrst.db_hoisted_tx_settings pgrst.db_max_rows pgrst.db_plan_enabled pgrst.db_pre_config pgrst.db_pre_request
		pgrst.db_prepared_statements pgrst.db_root_spec pgrst.db_schemas pgrst.db_timezone_enabled pgrst.db_tx_end pgrst.jwt_aud
		pgrst.jwt_cache_max_entries pgrst.jwt_role_claim_key pgrst.jwt_secret pgrst.jwt_secret_is_base64 pgrst.openapi_mode
		pgrst.openapi_security_active pgrst.openapi_server_proxy_uri pgrst.server_cors_allowed_origins pgrst.server_timing_enabled
		pgrst.server_trace_header pgrst.url_use_legacy_target_names`) {
		if n := count(got, name); n != 1 {
			t.Errorf("%s is listed %d times", name, n)
		}
	}
	if len(got) != 26 {
		t.Errorf("there are %d names: %v", len(got), got)
	}
}

func count(names []string, name string) (n int) {
	for _, each := range names {
		if each == name {
			n++
		}
	}
	return n
}

// Each row changes what the environment gave.
func TestOverlay(t *testing.T) {
	environ := []string{
		"PGRST_DB_SCHEMAS=a", "PGRST_DB_ANON_ROLE=web", "PGRST_DB_MAX_ROWS=5", "PGRST_OPENAPI_SERVER_PROXY_URI=https://a.example",
		"PGRST_JWT_SECRET=" + goodSecret, "PGRST_DB_POOL=3",
	}
	tests := []struct {
		name, setting, text string
		want                func(*config.Config)
	}{
		{"schemas", "pgrst.db_schemas", "v1, v2", func(c *config.Config) { c.REST.Schemas = []string{"v1", "v2"} }},
		{"rows", "pgrst.db_max_rows", "9", func(c *config.Config) { c.REST.MaxRows = 9 }},
		{"secret", "pgrst.jwt_secret", otherSecret, func(c *config.Config) { c.JWT.Secret = otherSecret }},
		{"no anonymous role", "pgrst.db_anon_role", "", func(c *config.Config) { c.REST.AnonRole = "" }},
		{"no limit", "pgrst.db_max_rows", "", func(c *config.Config) { c.REST.MaxRows = 0 }},
		{"no proxy", "pgrst.openapi_server_proxy_uri", "", func(c *config.Config) { c.OpenAPI.ProxyURI = "" }},
		{"no secret", "pgrst.jwt_secret", "", func(c *config.Config) { c.JWT.Secret = "" }},
		{"the default again", "pgrst.db_schemas", "", func(c *config.Config) { c.REST.Schemas = []string{"public"} }},
		{"no search path", "pgrst.db_extra_search_path", "", func(c *config.Config) { c.REST.ExtraSearchPath = nil }},
		{"what is not kept there", "pgrst.db_pool", "30", func(*config.Config) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := mustLoad(t, config.PostgREST, environ...)
			want := mustLoad(t, config.PostgREST, environ...)
			tt.want(&want)
			got, err := base.Overlay(map[string]string{tt.setting: tt.text})
			if err != nil {
				t.Fatal(err)
			}
			got.Origins = want.Origins
			if diff := cmp.Diff(want, got, sameConfig); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(mustLoad(t, config.PostgREST, environ...), base, sameConfig); diff != "" {
				t.Errorf("Overlay changed its receiver:\n%s", diff)
			}
		})
	}
}

// Any setting that may be kept in the database may be empty there.
func TestOverlayEmpty(t *testing.T) {
	empty := map[string]string{}
	for _, name := range config.StoredNames() {
		empty[name] = ""
	}
	got, err := mustLoad(t, config.PostgREST, "PGRST_DB_ANON_ROLE=web").Overlay(empty)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default(config.PostgREST)
	want.REST.ExtraSearchPath = nil
	got.Origins = want.Origins
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverlayRefuses(t *testing.T) {
	_, err := config.Default(config.Serve).Overlay(map[string]string{
		"pgrst.db_max_rows": "many", "pgrst.jwt_secret": "hunter2", "pgrst.db_timezone_enabled": "false",
	})
	want := `3 settings are wrong:
  pgrst.db_max_rows: "many" is not a whole number from 0 to 4611686018427387904
  pgrst.db_timezone_enabled: "false" is not supported: only true is
  PGRST_JWT_SECRET: the secret is shorter than 32 bytes: make one with pergola key generate`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverlayOrigin(t *testing.T) {
	c, err := mustLoad(t, config.PostgREST, "PGRST_DB_SCHEMA=a").Overlay(map[string]string{"pgrst.db_schemas": "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.Values() {
		if v.Name == "PGRST_DB_SCHEMAS" && (v.Text != "b" || v.Origin != "database") {
			t.Errorf("%+v", v)
		}
	}
}

func TestReload(t *testing.T) {
	before := mustLoad(t, config.PostgREST, "PGRST_DB_URI=postgresql://a/b", "PGRST_SERVER_PORT=3001", "PGRST_DB_POOL=3")
	next := mustLoad(t, config.PostgREST, "PGRST_DB_URI=postgresql://c/d", "PGRST_SERVER_PORT=3002", "PGRST_DB_POOL=4",
		"PGRST_DB_SCHEMAS=v2", "PGRST_SERVER_TRACE_HEADER=X-Id", "PGRST_JWT_SECRET="+goodSecret, "PGRST_DB_CONFIG=false")
	got, fixed := before.Reload(next)
	want := next
	want.Database.URL, want.Database.PoolSize, want.Server.Port = "postgresql://a/b", 3, 3001
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"PGRST_DB_POOL", "PGRST_SERVER_PORT"}, fixed); diff != "" {
		t.Errorf("what needs a restart: -want +got:\n%s", diff)
	}
}
