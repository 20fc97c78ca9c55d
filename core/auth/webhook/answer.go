package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// answer is what a hook answered to one try. The body is read only of an answer that has something to say.
type answer struct {
	status int
	header http.Header
	body   []byte // one byte more than the limit when it is over it
}

// readAnswer takes an answer from the network, at most one byte more of it than a hook may send.
func readAnswer(resp *http.Response) (*answer, error) {
	defer func() { _ = resp.Body.Close() }() // nothing was written to it
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if !a.done() {
		return a, nil
	}
	var err error
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1)); err != nil {
		return nil, fmt.Errorf("reading the hook's answer: %w", err)
	}
	return a, nil
}

// done reports whether the hook did what it was asked to.
func (a *answer) done() bool {
	return a.status == http.StatusOK || a.status == http.StatusAccepted || a.status == http.StatusNoContent
}

// later reports whether the hook asks for another try.
func (a *answer) later() bool {
	busy := a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable
	return busy && a.header.Get("Retry-After") != ""
}

// retryAfter is how long the hook asks to wait, 0 when it gives no number of seconds. A minute stands for all above.
func (a *answer) retryAfter() time.Duration {
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(min(max(seconds, 0), 60)) * time.Second
}

// content gives the JSON of an answer, nil when there is none, or the fault that the answer is.
func (a *answer) content() ([]byte, error) {
	switch a.status {
	case http.StatusNoContent:
		return nil, nil
	case http.StatusOK, http.StatusAccepted:
		if err := checkContentType(a.header.Get("Content-Type")); err != nil {
			return nil, err
		}
		if len(a.body) > maxAnswer {
			return nil, tooLarge(maxAnswer)
		}
		return a.body, nil
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return nil, failed("Service currently unavailable due to hook", nil)
	case http.StatusBadRequest:
		return nil, failed("Invalid payload sent to hook", nil)
	case http.StatusUnauthorized:
		return nil, failed("Hook requires authorization token", nil)
	}
	return nil, failed(fmt.Sprintf("Unexpected status code returned from hook: %d", a.status), nil)
}

func checkContentType(value string) error {
	if value == "" {
		return badContentType("Invalid Content-Type: Missing Content-Type header")
	}
	mediaType, _, err := mime.ParseMediaType(value)
	if err != nil {
		return badContentType("Invalid Content-Type header: " + err.Error())
	}
	if mediaType != "application/json" {
		return badContentType("Invalid JSON response. Received content-type: " + value)
	}
	return nil
}

// decode reads an answer's JSON into a value, which may be nil, unless it is a refusal. What looks like a refusal and
// cannot be read as one is a failure: GoTrue lets it pass, and with it what the hook meant to forbid.
func decode(body []byte, into any) error {
	if body == nil {
		return nil
	}
	var verdict struct {
		Error *struct {
			HTTPCode int    `json:"http_code"`
			Message  string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(body, &verdict); err != nil {
		return failed("Error unmarshaling JSON output.", err)
	}
	// An empty error object is none. One with a status but no message is none for GoTrue, and a refusal here.
	if no := verdict.Error; no != nil && (no.Message != "" || no.HTTPCode >= http.StatusBadRequest) {
		return refused(no.HTTPCode, no.Message)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return failed("Error unmarshaling JSON output.", err)
	}
	return nil
}
