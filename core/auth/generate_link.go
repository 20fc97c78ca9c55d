package auth

import (
	"encoding/json"
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

// invite sends somebody a link by which they come in.
func (s *Service) invite(w http.ResponseWriter, r *http.Request) error {
	a, err := s.admin(r)
	if err != nil {
		return err
	}
	var in struct {
		Email string          `json:"email"`
		Data  json.RawMessage `json:"data"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	asked := flow.LinkRequest{RedirectTo: s.redirectTo(r)}
	if asked.Email, err = wire.Email(in.Email); err != nil {
		return err
	}
	if asked.Data, err = objectOf("data", in.Data); err != nil {
		return err
	}
	invited, err := s.Flows.Invite(r.Context(), a, asked, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(invited))
}

// linkBody asks for a link.
type linkBody struct {
	Type       string          `json:"type"`
	Email      string          `json:"email"`
	NewEmail   string          `json:"new_email"`
	Password   string          `json:"password"`
	Data       json.RawMessage `json:"data"`
	RedirectTo string          `json:"redirect_to"`
}

// generatedLink is a link with its user, whose members stand first.
type generatedLink struct {
	wire.User
	ActionLink       string `json:"action_link"`
	EmailOTP         string `json:"email_otp"`
	HashedToken      string `json:"hashed_token"`
	VerificationType string `json:"verification_type"`
	RedirectTo       string `json:"redirect_to"`
}

// generateLink gives the link that a mail would bring.
func (s *Service) generateLink(w http.ResponseWriter, r *http.Request) error {
	a, err := s.admin(r)
	if err != nil {
		return err
	}
	var in linkBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	asked, err := in.request()
	if err != nil {
		return err
	}
	asked.RedirectTo = s.linkRedirect(r, in.RedirectTo)
	made, err := s.Flows.GenerateLink(r.Context(), a, asked, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, generatedLink{
		User: wire.NewUser(made.User), ActionLink: made.URL, EmailOTP: made.Code, HashedToken: made.Hash, VerificationType: made.Purpose,
		RedirectTo: asked.RedirectTo,
	})
}

// request is what a body asks for, but for the redirect, with its form checked.
func (in linkBody) request() (r flow.LinkRequest, err error) {
	r = flow.LinkRequest{Purpose: in.Type, Password: in.Password}
	if r.Email, err = wire.Email(in.Email); err != nil {
		return r, err
	}
	if r.IsChange() {
		if r.NewEmail, err = wire.Email(in.NewEmail); err != nil {
			return r, err
		}
	}
	r.Data, err = objectOf("data", in.Data)
	return r, err
}

// linkRedirect is where a link leads: as the body says, where the policy allows that, and otherwise as any request may say.
func (s *Service) linkRedirect(r *http.Request, asked string) string {
	if asked != "" && s.Redirects.Allows(asked) {
		return asked
	}
	return s.redirectTo(r)
}
