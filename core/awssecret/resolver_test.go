package awssecret_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/internal/awstest"
)

// cloud stands for AWS: both services speak JSON over POST and name the operation in a header.
type cloud struct {
	mu      sync.Mutex
	answers map[string]string // operation and id to the answer's JSON; anything else is not found
	calls   int
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	var in struct {
		Name, SecretId string
		WithDecryption bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	target := r.Header.Get("X-Amz-Target")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer, ok := c.answers[target+" "+in.Name+in.SecretId]
	if !ok || target == "AmazonSSM.GetParameter" && !in.WithDecryption {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"ParameterNotFound","message":"not here"}`)
		return
	}
	_, _ = fmt.Fprint(w, answer)
}

func (c *cloud) set(key, answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[key] = answer
}

func (c *cloud) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// newCloud starts a cloud and points the SDK to it.
func newCloud(t testing.TB, answers map[string]string) *cloud {
	t.Helper()
	c := &cloud{answers: answers}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	awstest.Point(t, s.URL)
	return c
}

const (
	parameterKey = "AmazonSSM.GetParameter /app/jwt"
	secretKey    = "secretsmanager.GetSecretValue arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf"
)

func TestResolve(t *testing.T) {
	newCloud(t, map[string]string{
		parameterKey:                           `{"Parameter":{"Name":"/app/jwt","Type":"SecureString","Value":"from ssm"}}`,
		secretKey:                              `{"SecretString":"{\"jwt\":\"from a field\",\"keys\":{\"keys\":[]},\"port\":5432}"}`,
		"secretsmanager.GetSecretValue plain":  `{"SecretString":"from secrets manager"}`,
		"secretsmanager.GetSecretValue binary": `{"SecretBinary":"AAAA"}`,
	})
	arn := strings.TrimPrefix(secretKey, "secretsmanager.GetSecretValue ")
	for _, tt := range []struct {
		name string
		s    config.Secret
		want string
		err  string // the error holds it
	}{
		{"a value", "postgresql://localhost/app", "postgresql://localhost/app", ""},
		{"a parameter", "ssm:/app/jwt", "from ssm", ""},
		{"a secret", "secretsmanager:plain", "from secrets manager", ""},
		{"a field of a secret, by ARN", config.Secret("secretsmanager:" + arn + "#jwt"), "from a field", ""},
		{"a field that is an object", config.Secret("secretsmanager:" + arn + "#keys"), `{"keys":[]}`, ""},
		{"a field that is a number", config.Secret("secretsmanager:" + arn + "#port"), "5432", ""},
		{"no such field", config.Secret("secretsmanager:" + arn + "#nope"), "", `#nope: it has no such field: "nope"`},
		{"a field of a text", "secretsmanager:plain#jwt", "", "resolving secretsmanager:plain#jwt: it is not a JSON object"},
		{"no such parameter", "ssm:/app/nope", "", "resolving ssm:/app/nope: "},
		{"a binary secret", "secretsmanager:binary", "", "it has no text"},
		{"no name", "ssm:", "", "resolving ssm:: the name is missing"},
		{"no id", "secretsmanager:#jwt", "", "the name is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r awssecret.Resolver
			got, err := r.Resolve(t.Context(), tt.s)
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v, want %q, %s", got, err, tt.want, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "from ") {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func TestResolveKeepsValues(t *testing.T) {
	c := newCloud(t, map[string]string{parameterKey: `{"Parameter":{"Value":"one"}}`})
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var log strings.Builder
	r := &awssecret.Resolver{Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))}
	resolve := func(want string, calls int) {
		t.Helper()
		got, err := r.Resolve(t.Context(), "ssm:/app/jwt")
		if err != nil || got != want || c.count() != calls {
			t.Errorf("got %q, %v after %d calls, want %q after %d", got, err, c.count(), want, calls)
		}
	}
	resolve("one", 1)
	c.set(parameterKey, `{"Parameter":{"Value":"two"}}`)
	now = now.Add(awssecret.TTL - time.Second)
	resolve("one", 1)
	now = now.Add(time.Second)
	resolve("two", 2)
	c.mu.Lock()
	delete(c.answers, parameterKey)
	c.mu.Unlock()
	now = now.Add(awssecret.TTL)
	resolve("two", 3)
	resolve("two", 3)
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "two") {
		t.Errorf("the log has %q", log.String())
	}
	c.set(parameterKey, `{"Parameter":{"Value":"three"}}`)
	now = now.Add(30 * time.Second)
	resolve("three", 4)
}

func TestResolveTriesAgain(t *testing.T) {
	c := newCloud(t, map[string]string{})
	var r awssecret.Resolver
	if _, err := r.Resolve(t.Context(), "ssm:/app/jwt"); err == nil {
		t.Fatal("a parameter that is not there was resolved")
	}
	c.set(parameterKey, `{"Parameter":{"Value":"one"}}`)
	if got, err := r.Resolve(t.Context(), "ssm:/app/jwt"); err != nil || got != "one" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestResolveAsksOnceForMany(t *testing.T) {
	c := newCloud(t, map[string]string{parameterKey: `{"Parameter":{"Value":"one"}}`})
	var r awssecret.Resolver
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := r.Resolve(context.Background(), "ssm:/app/jwt"); err != nil || got != "one" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if n := c.count(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestResolveFromMoto asks an emulator of the services, which checks the calls.
func TestResolveFromMoto(t *testing.T) {
	awstest.New(t)
	var client awsapi.Client
	for target, in := range map[string]any{
		"AmazonSSM.PutParameter":      map[string]string{"Name": "/app/jwt", "Value": "from ssm", "Type": "SecureString"},
		"secretsmanager.CreateSecret": map[string]string{"Name": "app", "SecretString": `{"jwt":"from a field"}`},
	} {
		service := map[bool]string{true: "ssm", false: "secretsmanager"}[strings.HasPrefix(target, "AmazonSSM")]
		if err := client.Call(t.Context(), service, target, in, nil); err != nil {
			t.Fatal(err)
		}
	}
	var r awssecret.Resolver
	for s, want := range map[config.Secret]string{"ssm:/app/jwt": "from ssm", "secretsmanager:app#jwt": "from a field"} {
		if got, err := r.Resolve(t.Context(), s); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", s, got, err, want)
		}
	}
}
