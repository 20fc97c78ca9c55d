package totp_test

import (
	"bytes"
	"encoding/base32"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/totp"
)

func parse(t *testing.T, text string) totp.Secret {
	t.Helper()
	s, err := totp.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rfc is the secret of RFC 6238, appendix B.
func rfc(t *testing.T) totp.Secret {
	t.Helper()
	return parse(t, base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
}

// TestCode has the last six of the eight digits of RFC 6238, appendix B.
func TestCode(t *testing.T) {
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := rfc(t).Code(totp.StepAt(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	s := rfc(t)
	now := time.Unix(1111111109, 0)
	step := totp.StepAt(now)
	for _, tt := range []struct {
		name, code string
		step       totp.Step
		ok         bool
	}{
		{"now", s.Code(step), step, true},
		{"a step before", s.Code(step - 1), step - 1, true},
		{"a step after", s.Code(step + 1), step + 1, true},
		{"with spaces around", " " + s.Code(step) + "\n", step, true},
		{"two steps before", s.Code(step - 2), 0, false},
		{"two steps after", s.Code(step + 2), 0, false},
		{"too short", s.Code(step)[1:], 0, false},
		{"too long", s.Code(step) + "0", 0, false},
		{"nothing", "", 0, false},
		{"other digits", "٠٨١٨٠٤", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := s.Match(tt.code, now); got != tt.step || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", got, ok, tt.step, tt.ok)
			}
		})
	}
}

func TestSecret(t *testing.T) {
	made := totp.NewSecret()
	if len(made.Text()) != 32 || made.Text() == totp.NewSecret().Text() {
		t.Errorf("made %s", made.Text())
	}
	if again := parse(t, made.Text()); again.Text() != made.Text() {
		t.Errorf("%s became %s", made.Text(), again.Text())
	}
	for _, same := range []string{"GEZDGNBVGY3TQOJQ", " gezdgnbvgy3tqojq\n"} {
		if got := parse(t, same).Text(); got != "GEZDGNBVGY3TQOJQ" {
			t.Errorf("%q is read as %s", same, got)
		}
	}
	if got := parse(t, "MFRGG===").Text(); got != "MFRGG" {
		t.Errorf("with padding: %s", got)
	}
	for _, bad := range []string{"", "=", "1", `{"key_id":"a","alg":"aes-gcm-hkdf"}`} {
		if _, err := totp.ParseSecret(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, printed := range []string{fmt.Sprint(made), fmt.Sprintf("%+v", made), fmt.Sprintf("%#v", made)} {
		if strings.Contains(printed, made.Text()) || printed != "[secret of a factor]" {
			t.Errorf("a secret is printed as %s", printed)
		}
	}
}

func TestURI(t *testing.T) {
	s := parse(t, "GEZDGNBVGY3TQOJQ")
	for _, tt := range []struct{ name, issuer, account, want string }{
		{"plain", "example.org", "ada@example.org", "otpauth://totp/example.org:ada@example.org?algorithm=SHA1&digits=6&issuer=example.org&period=30&secret=GEZDGNBVGY3TQOJQ"},
		{"spaces and signs", "My App+1 & Co", "a?b#c", "otpauth://totp/My%20App+1%20&%20Co:a%3Fb%23c?algorithm=SHA1&digits=6&issuer=My%20App%2B1%20%26%20Co&period=30&secret=GEZDGNBVGY3TQOJQ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.URI(tt.issuer, tt.account)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			u, err := url.Parse(got)
			if err != nil || u.Path != "/"+tt.issuer+":"+tt.account || u.Query().Get("issuer") != tt.issuer {
				t.Errorf("it is read as %q, %v", u, err)
			}
		})
	}
}

var rectangle = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// drawn gives the black modules of a picture.
func drawn(t *testing.T, svg string) map[[2]int]bool {
	t.Helper()
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.NewDecoder(bytes.NewReader([]byte(svg))).Decode(&picture); err != nil || len(picture.Paths) != 2 {
		t.Fatalf("%v in %s", err, svg)
	}
	black := map[[2]int]bool{}
	for _, r := range rectangle.FindAllStringSubmatch(picture.Paths[1].D, -1) {
		x, _ := strconv.Atoi(r[1])
		y, _ := strconv.Atoi(r[2])
		width, _ := strconv.Atoi(r[3])
		for dx := range width {
			black[[2]int{x + dx, y}] = true
		}
	}
	if left := rectangle.ReplaceAllString(picture.Paths[1].D, ""); left != "" {
		t.Fatalf("the path has %q", left)
	}
	return black
}

func TestPicture(t *testing.T) {
	uri := rfc(t).URI("example.org", "ada@example.org")
	svg, err := totp.Picture(uri)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(svg, "#%\n") {
		t.Errorf("it cannot stand in a data: URL: %s", svg)
	}
	code, err := qr.Encode(uri, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]int]bool{}
	for x := range code.Bounds().Dx() {
		for y := range code.Bounds().Dy() {
			if code.At(x, y) == color.Black {
				want[[2]int{x + 4, y + 4}] = true
			}
		}
	}
	if diff := cmp.Diff(want, drawn(t, svg)); diff != "" {
		t.Errorf("other modules are black:\n%s", diff)
	}
}

func TestPictureOfALongText(t *testing.T) {
	if _, err := totp.Picture(strings.Repeat("é", 2331/2) + "x"); err != nil {
		t.Errorf("the longest: %v", err)
	}
	if _, err := totp.Picture(strings.Repeat("x", 2332)); !errors.Is(err, totp.ErrTooLong) {
		t.Errorf("one too long: %v", err)
	}
}
