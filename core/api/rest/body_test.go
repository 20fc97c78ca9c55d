package rest_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/pergola-dev/pergola/core/api/rest"
)

// TestReadAll shows that a body is read whole whatever length was announced, and that what was announced does not make the
// server set memory aside for it.
func TestReadAll(t *testing.T) {
	for _, tt := range []struct {
		name      string
		length    int
		announced int64
		room      int // the most that may be set aside
	}{
		{"as announced", 30, 30, 31},
		{"empty", 0, 0, 1},
		{"nothing announced", 3000, -1, 16 << 10},
		{"longer than announced", 3000, 10, 16 << 10},
		{"shorter than announced", 10, 3000, 3001},
		{"much shorter than announced", 10, 1 << 50, 1<<20 + 1},
		{"long", 5 << 20, 5 << 20, 16 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := bytes.Repeat([]byte("0123456789"), tt.length/10+1)[:tt.length]
			got, err := rest.ReadAll(bytes.NewReader(body), tt.announced)
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes of %d, %v", len(got), len(body), err)
			}
			if cap(got) > tt.room {
				t.Errorf("room for %d bytes", cap(got))
			}
		})
	}
}

// TestReadAllThatFails shows that what comes along with an end counts, and that a body which breaks off is none.
func TestReadAllThatFails(t *testing.T) {
	got, err := rest.ReadAll(iotest.DataErrReader(bytes.NewReader([]byte("{}"))), 2)
	if err != nil || string(got) != "{}" {
		t.Errorf("%q, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := rest.ReadAll(io.MultiReader(bytes.NewReader([]byte("{}")), iotest.ErrReader(broken)), 2); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
