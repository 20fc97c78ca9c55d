package password_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/fault"
)

func TestHash(t *testing.T) {
	for name, plain := range map[string]string{
		"short":         "secret",
		"empty":         "",
		"72 bytes":      strings.Repeat("a", 72),
		"72 in UTF-8":   strings.Repeat("ß", 36),
		"invalid UTF-8": "secret\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			hash, err := password.Hash(plain)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(hash, "$2a$10$") || len(hash) != 60 {
				t.Errorf("%s is no bcrypt hash of cost 10", hash)
			}
			if ok, err := password.Verify(hash, plain); !ok || err != nil {
				t.Errorf("its own password gave %v, %v", ok, err)
			}
		})
	}
}

func TestHashIsSalted(t *testing.T) {
	first, err1 := password.Hash("secret")
	second, err2 := password.Hash("secret")
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("two hashes of one password: %s, %s (%v, %v)", first, second, err1, err2)
	}
}

// refused are passwords that can be no one's.
var refused = []struct{ name, plain, says string }{
	{"73 bytes", strings.Repeat("a", 73), "Password cannot be longer than 72 characters"},
	{"73 bytes in 37 characters", strings.Repeat("ß", 36) + "a", "Password cannot be longer than 72 characters"},
	{"a megabyte", strings.Repeat("a", 1<<20), "Password cannot be longer than 72 characters"},
	{"NUL at the end", "secret\x00", "Password cannot contain a NUL character"},
	{"NUL inside", "sec\x00ret", "Password cannot contain a NUL character"},
}

func TestHashRefuses(t *testing.T) {
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			hash, err := password.Hash(c.plain)
			if hash != "" {
				t.Errorf("it has the hash %s", hash)
			}
			checkFault(t, err, 400, "validation_failed", c.says)
			checkFault(t, password.Rules{}.Check(c.plain), 400, "validation_failed", c.says)
		})
	}
}

// checkFault gives the details of the fault that is wanted.
func checkFault(t *testing.T, err error, status int, code, message string) any {
	t.Helper()
	f := fault.From(err)
	if err == nil || f.Status() != status || f.Code != code || f.Message != message {
		t.Fatalf("got %v (%d %s), want %d %s %q", err, f.Status(), f.Code, status, code, message)
	}
	return f.Details
}
