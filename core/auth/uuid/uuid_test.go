package uuid_test

import (
	"regexp"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/uuid"
)

func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[uuid.UUID]bool{}
	for range 1000 {
		id := uuid.New()
		if back, err := uuid.Parse(id.String()); !form.MatchString(id.String()) || seen[id] || back != id || err != nil {
			t.Fatalf("%s, read back as %s, %v", id, back, err)
		}
		seen[id] = true
	}
}

func TestParse(t *testing.T) {
	const good = "0a1b2c3d-0000-7000-8000-0123456789ab"
	for text, ok := range map[string]bool{
		good: true, "0A1B2C3D-0000-7000-8000-0123456789AB": true, "": false, good + "0": false, good[1:]: false,
		"0a1b2c3d00007000800001234567 9ab": false, "0a1b2c3d000070008000-0123456789ab": false, "-" + good[:35]: false,
		"0a1b2c3g-0000-7000-8000-0123456789ab": false, "0a1b2c3d0-000-7000-8000-0123456789ab": false,
	} {
		id, err := uuid.Parse(text)
		if (err == nil) != ok || uuid.Is(text) != ok || ok && id.String() != good {
			t.Errorf("%q: got %s, %v", text, id, err)
		}
	}
}
