package web_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// echo answers with the body, or with the fault of reading it.
func echo() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			web.WriteFault(w, r, err, web.FaultOptions{})
			return
		}
		_, _ = w.Write(b)
	})
}

func TestBodyLimit(t *testing.T) {
	const refused = `{"code":"PERGOLA_TOO_LARGE","details":null,"hint":"Send fewer rows at once, or raise PERGOLA_MAX_BODY.","message":"The request body is larger than 8 bytes"}`
	for _, tt := range []struct {
		name   string
		limit  int64
		body   io.Reader // a reader that net/http does not know is sent without a length
		status int
		want   string
	}{
		{"below", 8, strings.NewReader("1234567"), 200, "1234567"},
		{"at", 8, strings.NewReader("12345678"), 200, "12345678"},
		{"above, announced", 8, strings.NewReader("123456789"), 413, refused},
		{"at, not announced", 8, io.MultiReader(strings.NewReader("1234"), strings.NewReader("5678")), 200, "12345678"},
		{"above, not announced", 8, io.MultiReader(strings.NewReader("12345678"), strings.NewReader("9")), 413, refused},
		{"no body", 8, nil, 200, ""},
		{"no limit", 0, strings.NewReader("123456789"), 200, "123456789"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := start(t, web.Chain(echo(), web.BodyLimit(tt.limit, web.FaultOptions{})))
			res, err := http.Post(url, "text/plain", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if got := text(t, res); res.StatusCode != tt.status || got != tt.want {
				t.Errorf("got %d %s", res.StatusCode, got)
			}
		})
	}
}

func TestBodyLimitAnnouncedIsNotRead(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") })
	r := request("POST", "/")
	r.ContentLength = 9
	r.Body = io.NopCloser(failingReader{})
	if res := serve(web.Chain(h, web.BodyLimit(8, web.FaultOptions{})), r); res.StatusCode != 413 {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestBodyLimitKeepsOtherErrors(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		if _, isFault := errors.AsType[*fault.Error](err); isFault || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("reading gives %v", err)
		}
	})
	r := request("POST", "/")
	r.ContentLength = -1
	r.Body = io.NopCloser(failingReader{})
	serve(web.Chain(h, web.BodyLimit(8, web.FaultOptions{})), r)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
