package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// message is what one call sends, however often.
type message struct {
	id   string
	body []byte
}

// newMessage makes a message of a payload, with an id that cannot be guessed, in the form of a UUID (version 4) as
// GoTrue's are.
func newMessage(payload any) (message, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return message{}, failed("Error marshaling JSON input.", err)
	}
	return message{id: uuid.New().String(), body: body}, nil
}

// send tries until the hook answers, and gives the answer's body, nil when there is none. It tries again when there was
// no answer at all, and when the hook is busy and says that it will not be for long (429 or 503 with Retry-After).
func (h *Hook) send(ctx context.Context, m message) ([]byte, error) {
	for try := 1; ; try++ {
		answer, err := h.post(ctx, m)
		pause := h.pause
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, timedOut(h.timeout, errors.Join(ctx.Err(), err))
		case errors.Is(err, errPrivate):
			return nil, failed("Failed to reach hook", err)
		case err != nil && try == maxTries:
			return nil, unreachable(err)
		case err == nil && (try == maxTries || !answer.later()):
			return answer.content()
		case err == nil:
			pause = min(pause, answer.retryAfter())
		}
		if !sleep(ctx, pause) {
			return nil, timedOut(h.timeout, errors.Join(ctx.Err(), err))
		}
	}
}

// post sends a message once. The signature is of this moment, so that a receiver may refuse old messages.
func (h *Hook) post(ctx context.Context, m message) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(m.body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	at := h.now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("webhook-id", m.id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("webhook-signature", signatures(h.secrets, m.id, at, m.body))
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("calling the hook: %w", err)
	}
	return readAnswer(resp)
}

// sleep waits, and reports whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
