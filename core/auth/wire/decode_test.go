package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// params are those of a route.
type params struct {
	Email    string                     `json:"email"`
	Password *string                    `json:"password"`
	Data     map[string]json.RawMessage `json:"data"`
	Create   *bool                      `json:"create_user"`
	Level    int                        `json:"level"`
	Share    float64                    `json:"share"`
	Tags     []string                   `json:"tags"`
	Security struct {
		Captcha string `json:"captcha_token"`
	} `json:"gotrue_meta_security"`
}

func post(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/signup", strings.NewReader(body))
}

func TestDecode(t *testing.T) {
	var none params
	captcha := none
	captcha.Email, captcha.Security.Captcha = "a@b", "x"
	for _, tt := range []struct {
		name, body string
		want       params
	}{
		{"no body", "", none},
		{"spaces", " \r\n\t", none},
		{"null", "null", none},
		{"an empty object", "{}", none},
		{"members", ` {"email":"a@b","gotrue_meta_security":{"captcha_token":"x"}}` + "\n", captcha},
		{"unknown members", `{"email":"a@b","x":{"y":[1,null]},"gotrue_meta_security":{"captcha_token":"x","z":1}}`, captcha},
		{"null for everything", `{"email":null,"password":null,"data":null,"create_user":null,"level":null,"tags":null,"gotrue_meta_security":null}`, none},
		{"the last of two", `{"email":"no","email":"a@b","gotrue_meta_security":{"captcha_token":"x"}}`, captcha},
		{"the escape of an escape", `{"email":"\\u0000"}`, params{Email: `\u0000`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got params
			if err := wire.Decode(post(tt.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// refused demands a fault.
func refused(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Status() != status || f.Code != code || f.Message != message {
		t.Errorf("got %v, want %d %s %q", err, status, code, message)
	}
}

func TestDecodeRefused(t *testing.T) {
	const json, nul = "Could not parse request body as JSON: ", "Invalid value for "
	for _, tt := range []struct{ name, body, code, message string }{
		{"no JSON", `email=a`, "bad_json", json + "invalid character 'e' looking for beginning of value"},
		{"cut off", `{"email":`, "bad_json", json + "unexpected end of JSON input"},
		{"more than one", `{} {}`, "bad_json", json + "invalid character '{' after top-level value"},
		{"a NUL as it is", "{\"email\":\"a\x00\"}", "bad_json", json + `invalid character '\x00' in string literal`},
		{"too deep", strings.Repeat(`{"x":`, 10001) + "1" + strings.Repeat("}", 10001), "bad_json", json + "invalid character '{' exceeded max depth"},
		{"an array", `[]`, "bad_json", json + "it must be an object, but is of type array"},
		{"a text", `"x"`, "bad_json", json + "it must be an object, but is of type string"},
		{"a number for a string", `{"email":123456}`, "bad_json", json + "email must be a string, but is of type number"},
		{"an object for a pointer to a string", `{"password":{}}`, "bad_json", json + "password must be a string, but is of type object"},
		{"a text for an object", `{"data":"x"}`, "bad_json", json + "data must be an object, but is of type string"},
		{"a text for a truth", `{"create_user":"true"}`, "bad_json", json + "create_user must be true or false, but is of type string"},
		{"a fraction", `{"level":1.5}`, "bad_json", json + "level must be a whole number in range, but is of type number"},
		{"a number out of range", `{"share":1e999}`, "bad_json", json + "share must be a number in range, but is of type number"},
		{"an object for an array", `{"tags":{}}`, "bad_json", json + "tags must be an array, but is of type object"},
		{"an inner member", `{"gotrue_meta_security":{"captcha_token":1}}`, "bad_json", json + "gotrue_meta_security.captcha_token must be a string, but is of type number"},
		{"a NUL", `{"email":"a\u0000b"}`, "validation_failed", nul + "email: it contains a NUL character"},
		{"a NUL within", `{"data":{"b":1e9999,"a":[1,{"c":"\u0000"}]}}`, "validation_failed", nul + "data.a[1].c: it contains a NUL character"},
		{"a NUL in a name", `{"data":{"a\u0000":1}}`, "validation_failed", nul + `data.a\u0000: it contains a NUL character`},
		{"a NUL in an unknown member", `{"x":"\u0000"}`, "validation_failed", nul + "x: it contains a NUL character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, wire.Decode(post(tt.body), new(params)), 400, tt.code, tt.message)
		})
	}
	t.Run("an array where the target takes all", func(t *testing.T) {
		refused(t, wire.Decode(post(`[]`), new(any)), 400, "bad_json", json+"it must be an object")
	})
}

func TestDecodeLimit(t *testing.T) {
	full := `{"email":"` + strings.Repeat("a", wire.MaxBody-len(`{"email":""}`)) + `"}`
	const message = "Request body too large (max 1048576 bytes)"
	if err := wire.Decode(post(full), new(params)); err != nil {
		t.Errorf("a body of %d bytes: %v", len(full), err)
	}
	refused(t, wire.Decode(post(full+" "), new(params)), 413, "request_entity_too_large", message)
	unannounced := post("")
	unannounced.Body, unannounced.ContentLength = io.NopCloser(strings.NewReader(full+" ")), -1
	refused(t, wire.Decode(unannounced, new(params)), 413, "request_entity_too_large", message)

	limited := web.BodyLimit(10, web.FaultOptions{})(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		refused(t, wire.Decode(r, new(params)), 413, "request_entity_too_large", "Request body too large (max 10 bytes)")
	}))
	r := post("")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(full)), -1
	limited.ServeHTTP(httptest.NewRecorder(), r)
}

// broken is a body whose sender went away.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestDecodeNotTheCallersFault has errors that no fault of the caller's may stand for.
func TestDecodeNotTheCallersFault(t *testing.T) {
	r := post("")
	r.Body = io.NopCloser(broken{})
	for name, err := range map[string]error{
		"a body that breaks off": wire.Decode(r, new(params)),
		"no pointer":             wire.Decode(post("{}"), params{}),
	} {
		if _, ok := errors.AsType[*fault.Error](err); err == nil || ok {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if err := wire.Decode(&http.Request{}, new(params)); err != nil {
		t.Errorf("no body at all gives %v", err)
	}
}

// FuzzDecode demands of any body: it is read, or refused by a fault of the caller's, and what is read has no NUL.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"email":"a@b","data":{"x":[1,"\u0000"]},"tags":["a"]}`, `null`, `[]`, `{"EMAIL":1}`, `{"email":"\\u0000\ud800"}`, "\xff", `{"level":1e3}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got params
		err := wire.Decode(post(body), &got)
		if err == nil {
			if text, err := json.Marshal(got); err != nil || strings.Contains(strings.ReplaceAll(string(text), `\\`, ""), `\u0000`) {
				t.Errorf("%q is read as %s (%v)", body, text, err)
			}
			return
		}
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "bad_json" && f.Code != "validation_failed" && f.Code != "request_entity_too_large" {
			t.Errorf("%q gives %v", body, err)
		}
	})
}
