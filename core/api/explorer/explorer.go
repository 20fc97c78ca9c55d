package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the files of the page
	"encoding/hex"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The files of the page. Those that are large stand compressed.
var (
	//go:embed assets/page.html
	pageHTML string
	//go:embed assets/page.css
	pageCSS []byte
	//go:embed assets/page.js
	pageJS []byte
	//go:embed assets/scalar.js.gz
	scalarJS []byte
	//go:embed assets/licenses.txt.gz
	licensesText []byte
)

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// document is where the description stands, seen from the page.
const document = "rest/v1/openapi.json"

// policy lets the page run its own scripts and speak to its own origin, and nothing else. Styles may stand in the page:
// Scalar puts them there.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// handler serves the page and its files.
type handler struct {
	page  []byte
	files map[string]file // by what follows /docs/
}

// file is one that the page asks for. Its name has its hash, so that it never changes.
type file struct {
	contentType string
	raw         []byte
	gzipped     bool // raw is compressed
}

// Handler serves the page at "" and its files below "/": it expects the path without /docs. Addresses in the page are
// relative, so that it works behind any prefix. Nothing is done before somebody asks: a process that starts for one request
// of the API should not read through a script of a megabyte.
func Handler() http.Handler {
	made := sync.OnceValue(newHandler)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { made().ServeHTTP(w, r) })
}

func newHandler() *handler {
	h := &handler{files: map[string]file{}}
	const script, style, text = "text/javascript; charset=utf-8", "text/css; charset=utf-8", "text/plain; charset=utf-8"
	names := struct{ Style, Script, Bundle, Licenses, Document string }{
		Style:    h.add("page.css", file{style, pageCSS, false}),
		Script:   h.add("page.js", file{script, pageJS, false}),
		Bundle:   h.add("scalar.js", file{script, scalarJS, true}),
		Licenses: h.add("licenses.txt", file{text, licensesText, true}),
		Document: document,
	}
	var page bytes.Buffer
	_ = pageTemplate.Execute(&page, names) // neither the names nor the buffer can fail
	h.page = page.Bytes()
	return h
}

// add takes a file in, and gives its address, seen from the page.
func (h *handler) add(name string, f file) string {
	sum := sha256.Sum256(f.raw)
	name = hex.EncodeToString(sum[:6]) + "-" + name
	h.files[name] = f
	return "docs/" + name
}

// ServeHTTP serves the page or one of its files.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	name := strings.TrimPrefix(r.URL.Path, "/")
	f, known := h.files[name]
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page is only there to be read", http.StatusMethodNotAllowed)
	case r.URL.Path == "":
		h.servePage(w, r)
	case r.URL.Path == "/":
		header.Set("Location", "../docs") // what the page refers to is relative to the path without a slash
		w.WriteHeader(http.StatusPermanentRedirect)
	case !known:
		http.Error(w, "there is no such file", http.StatusNotFound)
	default:
		f.serve(w, r)
	}
}

func (h *handler) servePage(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256(h.page)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.page))
}

// serve sends the file as it is stored where the client understands that, and unpacks it where not.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if !f.gzipped {
		f.send(w, r, bytes.NewReader(f.raw))
		return
	}
	header.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		f.send(w, r, bytes.NewReader(f.raw))
		return
	}
	plain, err := gzip.NewReader(bytes.NewReader(f.raw))
	if err != nil {
		http.Error(w, "the file is broken", http.StatusInternalServerError)
		return
	}
	f.send(w, r, plain)
}

func (f file) send(w http.ResponseWriter, r *http.Request, content io.Reader) {
	if b, ok := content.(*bytes.Reader); ok {
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	}
	if r.Method == http.MethodGet {
		_, _ = io.Copy(w, content) // a client who has gone needs no file
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3), in which a quality of 0 refuses.
func acceptsGzip(lines []string) bool {
	for coding := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		name, rest, _ := strings.Cut(coding, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "*" {
			continue
		}
		quality, given := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q=")
		q, err := strconv.ParseFloat(quality, 64)
		return !given || err != nil || q > 0
	}
	return false
}
