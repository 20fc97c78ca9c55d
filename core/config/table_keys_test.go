package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

const (
	keyA = "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_aaaaaaaa"
	keyB = "sb_secret_B_-B_-B_-B_-B_-B_-B_-B_b-b_b-b_"
)

func TestParseAPIKeys(t *testing.T) {
	for _, tt := range []struct {
		name, list string
		want       []string
	}{
		{"nothing", "", nil},
		{"one", keyA, []string{keyA}},
		{"two", " " + keyA + " , " + keyB + "\n", []string{keyA, keyB}},
		{"a comma at the end", keyA + ",", []string{keyA}},
		{"an object, in the order of its names", ` {"web":"` + keyA + `","default":"` + keyB + `"}`, []string{keyB, keyA}},
		{"an object of nothing", `{}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.ParseAPIKeys(tt.list, config.SecretPrefix)
			if err != nil || strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestParseAPIKeysRefuses(t *testing.T) {
	const short, form = "hunter2", "key 1 is not whole: sb_secret_ is followed by 22 characters, an underscore and 8 more"
	for _, tt := range []struct{ name, list, want string }{
		{"a publishable key", strings.Replace(keyA, "secret", "publishable", 1), "key 1 does not begin with sb_secret_"},
		{"a key of old", keyA + ",eyJ.eyJ.hunter2", "key 2 does not begin with sb_secret_"},
		{"short", "sb_secret_" + short, form},
		{"cut short", keyA[:len(keyA)-1], form},
		{"too long", keyA + "x", form},
		{"a space inside", strings.Replace(keyA, "AAA", "A A", 1), form},
		{"an array", `["` + keyA + `"]`, "key 1 does not begin with sb_secret_"},
		{"a broken object", `{"default":"` + short, "it looks like JSON and is no object of names and keys"},
		{"an object of other things", `{"default":["` + short + `"]}`, "it looks like JSON and is no object of names and keys"},
		{"an object with a bad key", `{"default":"` + short + `"}`, "key 1 does not begin with sb_secret_"},
		{"the key that everybody has", "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz", "which everybody knows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.ParseAPIKeys(tt.list, config.SecretPrefix)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), short) {
				t.Errorf("got %v, want something with %q", err, tt.want)
			}
		})
	}
}

func TestAPIKeySettings(t *testing.T) {
	c := mustLoad(t, config.Serve, "PERGOLA_SECRET_KEYS="+keyA, "SUPABASE_SECRET_KEY=nonsense", "SUPABASE_PUBLISHABLE_KEYS=ssm:/keys")
	if want := (config.APIKeys{Publishable: "ssm:/keys", Secret: keyA}); c.APIKeys != want {
		t.Errorf("the keys are %q and %q", string(c.APIKeys.Publishable), string(c.APIKeys.Secret))
	}
	if c := mustLoad(t, config.PostgREST, "SUPABASE_SECRET_KEY=nonsense"); c.APIKeys != (config.APIKeys{}) {
		t.Error("PostgREST's place has keys")
	}
	want := []config.Fault{
		{Setting: "SUPABASE_PUBLISHABLE_KEY", Problem: "key 1 does not begin with sb_publishable_"},
		{Setting: "PERGOLA_SECRET_KEYS", Problem: "key 2 does not begin with sb_secret_"},
	}
	got := loadFaults(t, config.Serve, []string{"SUPABASE_PUBLISHABLE_KEY=" + keyA, "PERGOLA_SECRET_KEYS=" + keyB + ",x"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the faults differ (-want +got):\n%s", diff)
	}
}

func TestAPIKeysOfReferences(t *testing.T) {
	c := mustLoad(t, config.Serve, "PERGOLA_SECRET_KEYS=ssm:/keys")
	got, err := c.Resolve(t.Context(), vault{"ssm:/keys": keyA})
	if err != nil || got.APIKeys.Secret != keyA {
		t.Errorf("got %q, %v", string(got.APIKeys.Secret), err)
	}
	_, err = c.Resolve(t.Context(), vault{"ssm:/keys": "hunter2"})
	if e, ok := errors.AsType[*config.Error](err); !ok || e.Faults[0].Setting != "PERGOLA_SECRET_KEYS" || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad list behind a reference: %v", err)
	}
}
