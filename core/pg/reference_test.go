package pg_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// vault is a resolver of one secret, which it may not have yet.
type vault struct{ url string }

func (v *vault) Resolve(context.Context, config.Secret) (string, error) {
	if v.url == "" {
		return "", errors.New("no such parameter")
	}
	return v.url, nil
}

// TestReference shows that an address is fetched when it is needed, and again until there is one.
func TestReference(t *testing.T) {
	cfg := settings("ssm:/pergola/database-url")
	v := &vault{}
	db, err := pg.Open(t.Context(), cfg, v)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if err := db.Ping(t.Context()); fault.From(err).Code != fault.CodeNotConnected {
		t.Errorf("without the secret: %v", err)
	}
	v.url = pgtest.New(t).URL()
	if _, err := db.Run(t.Context(), answering(`'x'`)); err != nil {
		t.Errorf("with the secret: %v", err)
	}
}

func TestReferenceNeedsAResolver(t *testing.T) {
	if _, err := pg.Open(t.Context(), settings("ssm:/pergola/database-url"), nil); err == nil {
		t.Error("an address that nobody can fetch was accepted")
	}
}
