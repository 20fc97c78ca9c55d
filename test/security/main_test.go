package security_test

import (
	"testing"

	"github.com/pergola-dev/pergola/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
