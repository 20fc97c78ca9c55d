package wire_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/wire"
)

func TestEmail(t *testing.T) {
	long := strings.Repeat("a", 255-len("@example.org")) + "@example.org"
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "ada@example.org", "ada@example.org"},
		{"upper case", "Ada.Lovelace+X@Example.ORG", "ada.lovelace+x@example.org"},
		{"a host without dots", "ada@localhost", "ada@localhost"},
		{"a number for a host", "ada@127.0.0.1", "ada@127.0.0.1"},
		{"every sign", "a!#$%&'*+/=?^_`{|}~-@b", "a!#$%&'*+/=?^_`{|}~-@b"},
		{"dots anywhere", ".a..b.@example.org", ".a..b.@example.org"},
		{"punycode", "ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"},
		{"255 bytes", long, long},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := wire.Email(tt.text); got != tt.want || err != nil {
				t.Errorf("got %q and %v", got, err)
			}
		})
	}
}

func TestEmailRefused(t *testing.T) {
	const form = "Unable to validate email address: invalid format"
	for _, tt := range []struct{ name, text, message string }{
		{"none", "", "An email address is required"},
		{"256 bytes", strings.Repeat("a", 256-len("@example.org")) + "@example.org", "An email address is too long"},
		{"too long and wrong", strings.Repeat(" ", 256), "An email address is too long"},
		{"no at", "ada.example.org", form},
		{"two ats", "ada@x@example.org", form},
		{"nobody", "@example.org", form},
		{"nowhere", "ada@", form},
		{"a name beside it", "Ada <ada@example.org>", form},
		{"brackets", "<ada@example.org>", form},
		{"quotes", `"ada"@example.org`, form},
		{"a comment", "ada(x)@example.org", form},
		{"two addresses", "ada@example.org,eve@example.org", form},
		{"spaces around", " ada@example.org ", form},
		{"a line break behind", "ada@example.org\n", form},
		{"a header field", "ada@example.org\r\nBcc: eve@example.org", form},
		{"a NUL", "ada@example.org\x00", form},
		{"a host that ends with a dot", "ada@example.org.", form},
		{"a label that begins with a hyphen", "ada@-x.org", form},
		{"a label of 64", "ada@" + strings.Repeat("x", 64) + ".org", form},
		{"an address literal", "ada@[127.0.0.1]", form},
		{"an umlaut", "äda@example.org", form},
		{"an umlaut of two characters", "a\u0308da@example.org", form},
		{"a host with an umlaut", "ada@münchen.example", form},
		{"a Cyrillic a", "\u0430da@example.org", form},
		{"a Kelvin sign, k in lower case", "\u212aim@example.org", form},
		{"a dotted capital I", "\u0130da@example.org", form},
		{"a wide at", "ada\uff20example.org", form},
		{"a space of no width", "ada\u200b@example.org", form},
		{"no UTF-8", "ada\xff@example.org", form},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.Email(tt.text)
			refused(t, err, 400, "validation_failed", tt.message)
			if got != "" {
				t.Errorf("it gives %q too", got)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"digits", "4915112345678", "4915112345678"},
		{"a plus", "+4915112345678", "4915112345678"},
		{"spaces", "+49 151 1234 5678 ", "4915112345678"},
		{"two digits", "12", "12"},
		{"fifteen digits", "123456789012345", "123456789012345"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := wire.Phone(tt.text); got != tt.want || err != nil {
				t.Errorf("got %q and %v", got, err)
			}
		})
	}
	for _, tt := range []struct{ name, text string }{
		{"none", ""},
		{"a plus alone", "+"},
		{"one digit", "1"},
		{"sixteen digits", "1234567890123456"},
		{"a zero in front", "0151123456"},
		{"two plus", "++49151"},
		{"a space before the plus", " +49151"},
		{"letters", "+49 151 ABC"},
		{"hyphens", "+49-151-1234"},
		{"a tab", "+49\t151"},
		{"a line break", "49151\n"},
		{"digits of another script", "٤٩١٥١"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.Phone(tt.text)
			refused(t, err, 400, "validation_failed", "Invalid phone number format (E.164 required)")
		})
	}
}

// FuzzEmail demands of any text: what is an address has one at, is printable ASCII in lower case without what separates or
// quotes addresses, and stays as it is.
func FuzzEmail(f *testing.F) {
	for _, seed := range []string{"Ada@Example.org", "a@b\r\n", "\u212a@b", "\"a\"@b", "a@b,c@d", "a@" + strings.Repeat("x.", 120) + "y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := wire.Email(text)
		if err != nil {
			return
		}
		foreign := func(r rune) bool {
			return r <= ' ' || r > '~' || r >= 'A' && r <= 'Z' || strings.ContainsRune(`"(),:;<>[]\`, r)
		}
		if strings.Count(got, "@") != 1 || strings.ContainsFunc(got, foreign) || len(got) > 255 || !strings.EqualFold(got, text) {
			t.Errorf("%q gives %q", text, got)
		}
		if again, err := wire.Email(got); again != got || err != nil {
			t.Errorf("%q gives %q (%v) the second time", got, again, err)
		}
	})
}
