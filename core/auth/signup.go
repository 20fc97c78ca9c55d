package auth

import (
	"encoding/json"
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

func (s *Service) signUpRoutes(m *routes) {
	m.handle("POST /signup", s.signUp)
}

// signUpBody is the body of a sign-up.
type signUpBody struct {
	Email    string          `json:"email"`
	Phone    string          `json:"phone"`
	Password string          `json:"password"`
	Data     json.RawMessage `json:"data"`
	Channel  string          `json:"channel"`
	challenge
}

func (s *Service) signUp(w http.ResponseWriter, r *http.Request) error {
	var in signUpBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	data, err := metadata("data", in.Data)
	if err != nil {
		return err
	}
	switch {
	case in.Email == "" && in.Phone == "":
		return s.signUpAnonymously(w, r, data)
	case in.Email != "" && in.Phone != "":
		return invalid("Only an email address or phone number should be provided on signup.")
	case in.Phone != "":
		return s.signUpByPhone(w, r, in, data)
	}
	if err := s.limit(r, flow.UseMail); err != nil {
		return err
	}
	email, err := wire.Email(in.Email)
	if err != nil {
		return err
	}
	made, err := s.Flows.SignUp(r.Context(),
		flow.SignUp{Email: email, Password: in.Password, Data: data, RedirectTo: s.redirectTo(r), Challenge: in.pkce()}, s.visit(r))
	if err != nil {
		return err
	}
	return s.sendRegistered(w, made)
}

func (s *Service) signUpAnonymously(w http.ResponseWriter, r *http.Request, data json.RawMessage) error {
	if err := s.limit(r, flow.UseAnonymous); err != nil {
		return err
	}
	signed, err := s.Flows.SignUpAnonymously(r.Context(), data, s.visit(r))
	if err != nil {
		return err
	}
	return sendSession(w, signed)
}

// sendRegistered sends the session of a sign-up that needs no confirmation, and the user of one that does.
func (s *Service) sendRegistered(w http.ResponseWriter, made flow.Registered) error {
	if made.Signed == nil {
		return wire.Send(w, http.StatusOK, wire.NewUser(made.User))
	}
	return sendSession(w, *made.Signed)
}

// sendSession sends a session that was just made.
func sendSession(w http.ResponseWriter, signed flow.Signed) error {
	wire.SetSignedIn(w.Header(), signed)
	return wire.Send(w, http.StatusOK, wire.NewSession(signed))
}
