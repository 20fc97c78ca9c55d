package auth_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// texts keeps what was sent.
type texts struct{ sent []flow.Text }

func (x *texts) SendText(_ context.Context, _ store.User, t flow.Text) (string, error) {
	x.sent = append(x.sent, t)
	return "message " + strconv.Itoa(len(x.sent)), nil
}

func (x *texts) code() string { return x.sent[len(x.sent)-1].Code }

func phoned(t *testing.T) (*service, *texts) {
	t.Helper()
	box, at := &texts{}, settings()
	at.Phone = flow.PhoneSettings{On: true, CodeLength: 6, CodeLifetime: 2 * time.Minute, Every: time.Minute, Texter: box}
	return newService(t, at), box
}

// TestPhoneRoutes signs up by a number, confirms it, and signs in by password, by code, and by another number.
func TestPhoneRoutes(t *testing.T) {
	s, box := phoned(t)
	a := s.must(t, http.StatusOK, "POST", "/signup", `{"phone":"+49 1511 2345678","password":"correct horse","channel":"whatsapp"}`)
	if a.text("phone") != "4915112345678" || a.text("confirmation_sent_at") == "" || box.sent[0].Channel != "whatsapp" {
		t.Errorf("got %s", a.Body)
	}
	const password = `{"phone":"+4915112345678","password":"correct horse"}`
	if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=password", password); a.code() != "phone_not_confirmed" {
		t.Errorf("got %s", a.Body)
	}
	s.Pass(time.Minute)
	if a := s.must(t, http.StatusOK, "POST", "/resend", `{"type":"sms","phone":"4915112345678"}`); a.Body.String() != `{"message_id":"message 2"}` {
		t.Errorf("got %s", a.Body)
	}
	if a := s.must(t, http.StatusTooManyRequests, "POST", "/otp", `{"phone":"4915112345678"}`); a.code() != "over_sms_send_rate_limit" {
		t.Errorf("got %s", a.Body)
	}
	s.must(t, http.StatusOK, "POST", "/verify", `{"type":"sms","phone":"+4915112345678","token":"`+box.code()+`"}`)
	s.must(t, http.StatusOK, "POST", "/token?grant_type=password", password)
	s.Pass(time.Minute)
	if a := s.must(t, http.StatusOK, "POST", "/otp", `{"phone":"4915112345678","create_user":false}`); a.Body.String() != `{"message_id":"message 3"}` {
		t.Errorf("got %s", a.Body)
	}
	session := s.must(t, http.StatusOK, "POST", "/verify", `{"type":"sms","phone":"4915112345678","token":"`+box.code()+`"}`)
	bearer := []string{"Authorization", "Bearer " + session.text("access_token")}
	a = s.must(t, http.StatusOK, "PUT", "/user", `{"phone":"+4915187654321"}`, bearer...)
	if a.text("new_phone") != "4915187654321" || a.text("phone_change_sent_at") == "" || a.text("phone") != "4915112345678" {
		t.Errorf("got %s", a.Body)
	}
	s.Pass(time.Minute)
	if a := s.must(t, http.StatusOK, "POST", "/resend", `{"type":"phone_change","phone":"4915112345678"}`); a.text("message_id") != "message 5" {
		t.Errorf("got %s", a.Body)
	}
	a = s.must(t, http.StatusOK, "POST", "/verify", `{"type":"phone_change","phone":"4915187654321","token":"`+box.code()+`"}`)
	user, _ := a.body["user"].(map[string]any)
	if user["phone"] != "4915187654321" || user["new_phone"] != nil {
		t.Errorf("got %s", a.Body)
	}
	if a := s.must(t, http.StatusBadRequest, "POST", "/token?grant_type=password", password); a.code() != "invalid_credentials" {
		t.Errorf("by the number of before: %s", a.Body)
	}
}

func TestPhoneRoutesRefused(t *testing.T) {
	s, _ := phoned(t)
	for _, tt := range []struct {
		name, path, body string
		status           int
		code             string
	}{
		{"another channel", "/signup", `{"phone":"49123","password":"correct horse","channel":"pigeon"}`, 400, "validation_failed"},
		{"PKCE", "/signup", `{"phone":"49123","password":"correct horse","code_challenge":"x","code_challenge_method":"s256"}`, 400, "validation_failed"},
		{"no number", "/signup", `{"phone":"x","password":"correct horse"}`, 400, "validation_failed"},
		{"no number to send to", "/otp", `{"phone":"0123"}`, 400, "validation_failed"},
		{"an unknown number", "/otp", `{"phone":"49123","create_user":false}`, 422, "otp_disabled"},
		{"a wrong code", "/verify", `{"type":"sms","phone":"49123","token":"123456"}`, 403, "otp_expired"},
		{"a purpose of mails", "/verify", `{"type":"signup","phone":"49123","token":"123456"}`, 400, "validation_failed"},
		{"a purpose of numbers by a link", "/verify", `{"type":"sms","token_hash":"x"}`, 400, "validation_failed"},
		{"an address and a number", "/token?grant_type=password", `{"email":"a@b.c","phone":"49123","password":"x"}`, 400, "validation_failed"},
		{"a password of nobody", "/token?grant_type=password", `{"phone":"49123","password":"x"}`, 400, "invalid_credentials"},
		{"what is no number", "/token?grant_type=password", `{"phone":"x","password":"x"}`, 400, "invalid_credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := s.must(t, tt.status, "POST", tt.path, tt.body); a.code() != tt.code {
				t.Errorf("got %s", a.Body)
			}
		})
	}
}
