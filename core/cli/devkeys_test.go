package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/token"
)

// A data directory of an earlier version goes on with the keys that it has, and gets those that it lacks.
func TestDevAddsKeys(t *testing.T) {
	data := dataDir(t)
	made := dev(t, data, "--empty")
	made.stop()
	var keys map[string]any
	if err := json.Unmarshal([]byte(keysOf(t, data)), &keys); err != nil {
		t.Fatal(err)
	}
	before := keys["jwt_secret"]
	for _, name := range []string{"jwt_keys", "publishable_key", "secret_key"} {
		if keys[name] == nil {
			t.Errorf("the keys have no %s", name)
		}
		delete(keys, name)
	}
	if err := os.WriteFile(filepath.Join(data, "keys.json"), []byte(jsonOf(t, keys)), 0o644); err != nil {
		t.Fatal(err)
	}

	later := dev(t, data)
	if later.AnonKey != made.AnonKey || later.Publishable == made.Publishable || later.Secret == "" {
		t.Error("not the old keys and new ones")
	}
	for name, key := range map[string]string{"old": made.AnonKey, "new": later.Publishable} {
		if status, body := later.get("/rest/v1/", key); status != 200 {
			t.Errorf("the %s key is answered with %d %s", name, status, body)
		}
	}
	if status, body := later.get("/rest/v1/", made.Secret); status != 401 || !strings.Contains(body, "PERGOLA_UNKNOWN_KEY") {
		t.Errorf("a key that is gone is answered with %d %s", status, body)
	}
	later.stop()
	if err := json.Unmarshal([]byte(keysOf(t, data)), &keys); err != nil {
		t.Fatal(err)
	}
	if keys["jwt_secret"] != before || keys["jwt_keys"] == nil {
		t.Error("the secret is another one, or there is no key for sessions")
	}
	if info, err := os.Stat(filepath.Join(data, "keys.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of the keys is %v (%v)", info.Mode(), err)
	}
	checkSessionKeys(t, data, keys["jwt_keys"])
}

// checkSessionKeys sees to it that the keys of sessions are such as the Auth service takes them, and that "key jwks" shows
// their public half alone.
func checkSessionKeys(t *testing.T, data string, private any) {
	t.Helper()
	ring, err := token.ParseRing(jsonOf(t, private), "", "")
	if err != nil {
		t.Fatal(err)
	}
	want, err := ring.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	code, printed, stderr := pergola(t, nil, "key", "jwks", "--data", data)
	if code != 0 || strings.TrimSpace(printed) != string(want) || !strings.Contains(printed, `"alg":"ES256"`) || strings.Contains(printed, `"d"`) {
		t.Errorf("key jwks gives %s, exit code %d %s", printed, code, stderr)
	}
}

func TestDevTakesKeysOfTheEnvironment(t *testing.T) {
	const publishable, secretKey = "sb_publishable_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB", "sb_secret_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBB"
	d := devWith(t, []string{"SUPABASE_PUBLISHABLE_KEY=" + publishable, `PERGOLA_SECRET_KEYS={"default":"` + secretKey + `"}`},
		"--data", dataDir(t), "--port", "0")
	if d.Publishable != publishable || d.Secret != secretKey {
		t.Errorf("it prints %s and %s", d.Publishable, d.Secret)
	}
	if got := d.rows("/rest/v1/lists?select=name&name=eq.Presents", secretKey); got != `[{"name":"Presents"}]` {
		t.Errorf("the secret key reads %s", got)
	}
	d.stop()
}
