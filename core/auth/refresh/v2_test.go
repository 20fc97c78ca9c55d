package refresh_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/fault"
)

const session = "a81bc81b-dead-4e5d-abff-90865d1e13b1"

// key holds the bytes 0 to 31.
func key(t testing.TB) refresh.Key {
	k, err := refresh.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// vectors were made by a program in another language from GoTrue's layout, for session and key.
var vectors = []struct {
	counter int64
	text    string
}{
	{0, "AKgbyBverU5dq_-Qhl0eE7EAi4icaLvAO5Q3sdipnwnSJJqSkpM"},
	{1, "AKgbyBverU5dq_-Qhl0eE7EBqoFRPdNyAtlK1s2qZ3op_krv7a0"},
	{300, "AKgbyBverU5dq_-Qhl0eE7GsAvIVFZZhO0pm-ZDG0jF0zkqfWoz2"},
	{math.MaxInt64, "AKgbyBverU5dq_-Qhl0eE7H__________3_KQ9eTJ5IbotovCIuYfMnk58OmSQ"},
}

func TestV2Vectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(fmt.Sprint(v.counter), func(t *testing.T) {
			if got, err := refresh.Mint(session, v.counter, key(t)); got != v.text || err != nil {
				t.Errorf("Mint gave %s (%v), want %s", got, err, v.text)
			}
			token, err := refresh.Parse(v.text)
			if err != nil || token.Session != session || token.Counter != v.counter {
				t.Fatalf("Parse gave %v, %v", token, err)
			}
			if !token.SignedBy(key(t)) {
				t.Error("its own key did not sign it")
			}
		})
	}
}

func TestSignedByNoOtherKey(t *testing.T) {
	token, err := refresh.Parse(vectors[0].text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		other := key(t)
		other[i/8] ^= 1 << (i % 8)
		if token.SignedBy(other) {
			t.Errorf("bit %d of the key does not matter", i)
		}
	}
}

// A session without a key has the zero Key; what is signed with it is no token of anybody.
func TestZeroKeySignsNothing(t *testing.T) {
	text := forge(append(make([]byte, 17), 0), refresh.Key{})
	token, err := refresh.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if token.SignedBy(refresh.Key{}) {
		t.Error("the zero key signs")
	}
}

func TestMintRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		session string
		counter int64
		key     refresh.Key
	}{
		"no session":            {"", 0, key(t)},
		"session without lines": {strings.ReplaceAll(session, "-", ""), 0, key(t)},
		"misplaced line":        {"a81bc81bd-ead-4e5d-abff-90865d1e13b1", 0, key(t)},
		"other letters":         {"z81bc81b-dead-4e5d-abff-90865d1e13b1", 0, key(t)},
		"negative counter":      {session, -1, key(t)},
		"no key":                {session, 0, refresh.Key{}},
	} {
		if text, err := refresh.Mint(c.session, c.counter, c.key); err == nil || text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// forge makes a token of what is to be signed, with a right signature and checksum, whatever the head is.
func forge(head []byte, k refresh.Key) string {
	mac := hmac.New(sha256.New, k[:])
	mac.Write(head)
	return seal(append(slices.Clone(head), mac.Sum(nil)[:16]...))
}

// seal adds the right checksum, as anybody can.
func seal(raw []byte) string {
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw), sum[:4]...))
}

func head(version byte, counter ...byte) []byte {
	id := []byte("\xa8\x1b\xc8\x1b\xde\xad\x4e\x5d\xab\xff\x90\x86\x5d\x1e\x13\xb1")
	return slices.Concat([]byte{version}, id, counter)
}

// Every text that is not what Mint prints is refused before anything is looked up, even with a right signature.
func TestParseRefuses(t *testing.T) {
	good := vectors[1].text
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", "length"},
		{"a megabyte", strings.Repeat("A", 1<<20), "length"},
		{"one character less", good[:len(good)-1], "length"},
		{"one character more", good + "A", "checksum"},
		{"twice", good + good, "length"},
		{"trailing byte", base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw), 0)), "checksum"},
		{"padding", good + "=", "base64"},
		{"standard alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(vectors[3].text), "base64"},
		{"line end", good + "\n", "base64"},
		{"line end inside", good[:20] + "\r\n" + good[20:], "base64"},
		{"spare bits", spareBits(good), "base64"},
		{"space", " " + good[1:], "base64"},
		{"NUL byte", good[:10] + "\x00" + good[11:], "base64"},
		{"beyond ASCII", good[:10] + "é" + good[12:], "base64"},
		{"zeroes", base64.RawURLEncoding.EncodeToString(make([]byte, 38)), "checksum"},
		{"version 1, signed", forge(head(1, 1), key(t)), "version"},
		{"version 255, signed", forge(head(255, 1), key(t)), "version"},
		{"no counter, signed", forge(head(0), key(t)), "length"},
		{"counter cut off, signed", forge(head(0, 0x80), key(t)), "cut off"},
		{"nothing but continuation", seal(slices.Concat(head(0), slices.Repeat([]byte{0xff}, 25))), "counter"},
		{"counter of 2^63, signed", forge(binary.AppendUvarint(head(0), 1<<63), key(t)), "length"},
		{"counter of 2^64-1, signed", forge(binary.AppendUvarint(head(0), math.MaxUint64), key(t)), "length"},
		{"counter of 2^63 where it fits", seal(append(binary.AppendUvarint(head(0), 1<<63), make([]byte, 15)...)), "cut off"},
		{"counter of ten bytes, signed", forge(head(0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0), key(t)), "length"},
		{"counter of two bytes for one, signed", forge(head(0, 0x81, 0), key(t)), "longer"},
		{"a byte behind the counter, signed", forge(head(0, 1, 0), key(t)), "between"},
		{"eight bytes behind the counter, signed", forge(head(0, 1, 1, 2, 3, 4, 5, 6, 7, 8), key(t)), "between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			token, err := refresh.Parse(c.text)
			checkMalformed(t, err, c.reason)
			if token.Session != "" || token.SignedBy(key(t)) {
				t.Errorf("there is a token all the same: %v", token)
			}
		})
	}
}

// spareBits changes the last character in bits that no byte is made of.
func spareBits(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[last^1])
}

func checkMalformed(t *testing.T, err error, reason string) {
	t.Helper()
	f := fault.From(err)
	if err == nil || f.Status() != 400 || f.Code != "validation_failed" || f.Message != "Refresh token is not valid" {
		t.Fatalf("got %v, want a malformed token", err)
	}
	if f.Cause == nil || !strings.Contains(f.Cause.Error(), reason) {
		t.Errorf("the log says %v, want something about %s", f.Cause, reason)
	}
}

// A change without a new checksum does not reach the database; one with a new checksum fails at the signature.
func TestTampering(t *testing.T) {
	for _, v := range vectors {
		raw, err := base64.RawURLEncoding.DecodeString(v.text)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range len(raw) * 8 {
			changed := slices.Clone(raw)
			changed[bit/8] ^= 1 << (bit % 8)
			if _, err := refresh.Parse(base64.RawURLEncoding.EncodeToString(changed)); err == nil {
				t.Errorf("counter %d: bit %d flipped: the checksum is right", v.counter, bit)
			}
			token, err := refresh.Parse(seal(changed[:len(changed)-4]))
			if err == nil && bit/8 < len(raw)-4 && token.SignedBy(key(t)) {
				t.Errorf("counter %d: bit %d flipped and sealed: %v is signed", v.counter, bit, token)
			}
		}
	}
}

// What an attacker who knows one token would like to change.
func TestForgery(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString(vectors[1].text)
	if err != nil {
		t.Fatal(err)
	}
	signature := raw[18:34]
	other := slices.Concat([]byte{0}, make([]byte, 16), []byte{1})
	for name, body := range map[string][]byte{
		"another session":    slices.Concat(other, signature),
		"a counter ahead":    slices.Concat(head(0, 2), signature),
		"a counter far off":  slices.Concat(binary.AppendUvarint(head(0), math.MaxInt64), signature),
		"no signature":       slices.Concat(head(0, 1), make([]byte, 16)),
		"the plain checksum": slices.Concat(head(0, 1), func() []byte { s := sha256.Sum256(head(0, 1)); return s[:16] }()),
	} {
		token, err := refresh.Parse(seal(body))
		if err != nil {
			t.Errorf("%s: %v: it has the form of a token", name, err)
		}
		if token.SignedBy(key(t)) {
			t.Errorf("%s is signed: %v", name, token)
		}
	}
}

// What is parsed is printed again as it was, and what is printed is parsed as it was.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.text, session, v.counter)
	}
	f.Add("aaaaaaaaaaaa", "00000000-0000-0000-0000-000000000000", int64(1<<21))
	f.Add(forge(head(0, 0x81, 0), key(f)), "ffffffff-ffff-ffff-ffff-ffffffffffff", int64(-1))
	f.Fuzz(func(t *testing.T, text, session string, counter int64) {
		if token, err := refresh.Parse(text); err == nil && token.SignedBy(key(t)) {
			if printed, err := refresh.Mint(token.Session, token.Counter, key(t)); printed != text || err != nil {
				t.Errorf("%q is printed as %q, %v", text, printed, err)
			}
		}
		printed, err := refresh.Mint(session, counter, key(t))
		if err != nil {
			return
		}
		token, err := refresh.Parse(printed)
		if err != nil || token.Session != strings.ToLower(session) || token.Counter != counter || !token.SignedBy(key(t)) {
			t.Errorf("%s, %d is parsed as %v, %v", session, counter, token, err)
		}
	})
}
