package apigw

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// response is a function's response of payload format 2.0.
type response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies"`
	Body       string            `json:"body"`
	Base64     bool              `json:"isBase64Encoded"`
}

// respond sends what the function answered. A response without a status, which the real gateway takes for a body, is none
// that a function of ours gives.
func respond(w http.ResponseWriter, out []byte) {
	var r response
	if err := json.Unmarshal(out, &r); err != nil || r.StatusCode == 0 {
		own(w, http.StatusInternalServerError)
		return
	}
	body := []byte(r.Body)
	if r.Base64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			own(w, http.StatusInternalServerError)
			return
		}
	}
	h := w.Header()
	h["Content-Type"] = nil // no guessing
	for name, value := range r.Headers {
		if !strings.EqualFold(name, "Set-Cookie") {
			h.Set(name, value)
		}
	}
	for _, cookie := range r.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	if len(body) > 0 { // the gateway has all of it: nothing goes out in chunks
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(r.StatusCode)
	_, _ = w.Write(body)
}
