package auth

import (
	"encoding/json"
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) mailRoutes(m *routes) {
	m.handle("POST /recover", s.recover)
	m.handle("POST /otp", s.otp)
	m.handle("POST /magiclink", s.magicLink)
	m.handle("POST /resend", s.resend)
}

// recover sends a mail to somebody who has lost the password.
func (s *Service) recover(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email string `json:"email"`
		challenge
	}
	if err := s.decodeCounted(r, &in); err != nil {
		return err
	}
	if in.Email == "" {
		return invalid("Password recovery requires an email")
	}
	asked, err := s.asked(r, in.Email, in.challenge)
	if err != nil {
		return err
	}
	return sendNothing(w, s.Flows.Recover(r.Context(), asked, s.visit(r)))
}

// decodeCounted reads a body that asks for a mail, and counts that by the address that the request comes from.
func (s *Service) decodeCounted(r *http.Request, into any) error {
	if err := s.limit(r, flow.UseMail); err != nil {
		return err
	}
	return wire.Decode(r, into)
}

// asked is a request for a mail to an address.
func (s *Service) asked(r *http.Request, email string, c challenge) (flow.MailRequest, error) {
	email, err := wire.Email(email)
	return flow.MailRequest{Email: email, RedirectTo: s.redirectTo(r), Challenge: c.pkce()}, err
}

// sendNothing answers to a request for a mail: there is nothing to tell, whether or not one goes out.
func sendNothing(w http.ResponseWriter, err error) error {
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct{}{})
}

// codeBody asks for a code to sign in with.
type codeBody struct {
	Email      string          `json:"email"`
	Phone      string          `json:"phone"`
	Channel    string          `json:"channel"`
	Data       json.RawMessage `json:"data"`
	CreateUser bool            `json:"create_user"`
	challenge
}

// otp sends a code to sign in with.
func (s *Service) otp(w http.ResponseWriter, r *http.Request) error {
	in := codeBody{CreateUser: true}
	if err := s.decodeCounted(r, &in); err != nil {
		return err
	}
	switch {
	case in.Email != "" && in.Phone != "":
		return invalid("Only an email address or phone number should be provided")
	case in.Email != "" && in.Channel != "":
		return invalid("Channel should only be specified with Phone OTP")
	case in.Phone != "":
		return s.sendText(w, r, in)
	case in.Email == "":
		return invalid("One of email or phone must be set")
	}
	return s.sendCode(w, r, in)
}

// magicLink is otp as older clients ask for it.
func (s *Service) magicLink(w http.ResponseWriter, r *http.Request) error {
	var in codeBody
	if err := s.decodeCounted(r, &in); err != nil {
		return err
	}
	if in.Email == "" {
		return fault.New(fault.Unprocessable, "validation_failed", "Password recovery requires an email")
	}
	in.CreateUser = true
	return s.sendCode(w, r, in)
}

func (s *Service) sendCode(w http.ResponseWriter, r *http.Request, in codeBody) error {
	data, err := metadata("data", in.Data)
	if err != nil {
		return err
	}
	asked, err := s.asked(r, in.Email, in.challenge)
	if err != nil {
		return err
	}
	return sendNothing(w, s.Flows.SendCode(r.Context(), flow.CodeRequest{MailRequest: asked, Data: data, CreateUser: in.CreateUser}, s.visit(r)))
}

// resendBody asks for a mail once more.
type resendBody struct {
	Type  string `json:"type"`
	Email string `json:"email"`
	Phone string `json:"phone"`
	challenge
}

// check refuses what GoTrue refuses, in its order.
func (in resendBody) check() error {
	switch in.Type {
	case "signup", "email_change", "sms", "phone_change":
	default:
		return invalid("Missing one of these types: signup, email_change, sms, phone_change")
	}
	switch {
	case in.Email == "" && in.Type == "signup":
		return invalid("Type provided requires an email address")
	case in.Phone == "" && in.Type == "sms":
		return invalid("Type provided requires a phone number")
	case in.Email != "" && in.Phone != "":
		return invalid("Only an email address or phone number should be provided.")
	case in.Email == "" && in.Phone == "":
		return invalid("Missing email address or phone number")
	}
	return nil
}

// resend sends a mail once more.
func (s *Service) resend(w http.ResponseWriter, r *http.Request) error {
	var in resendBody
	if err := s.decodeCounted(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if in.Phone != "" || in.Type == "phone_change" {
		return s.resendText(w, r, in)
	}
	asked, err := s.asked(r, in.Email, in.challenge)
	if err != nil {
		return err
	}
	if in.Type == "email_change" {
		return sendNothing(w, s.Flows.ResendEmailChange(r.Context(), asked, s.visit(r)))
	}
	return sendNothing(w, s.Flows.Resend(r.Context(), asked, s.visit(r)))
}

func invalid(message string) *fault.Error {
	return fault.New(fault.Invalid, "validation_failed", message)
}
