package auth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) updateRoutes(m *routes) {
	m.handle("PUT /user", s.updateUser)
	m.handle("GET /reauthenticate", s.reauthenticate)
}

// updateBody is what a user wants changed of themselves.
type updateBody struct {
	Email           string          `json:"email"`
	Phone           string          `json:"phone"`
	Channel         string          `json:"channel"`
	Password        *string         `json:"password"`
	CurrentPassword string          `json:"current_password"`
	Nonce           string          `json:"nonce"`
	Data            json.RawMessage `json:"data"`
	AppData         json.RawMessage `json:"app_metadata"`
	challenge
}

// updateUser changes the caller. Who administrates users is told by the role that the database has of them, not by their token.
func (s *Service) updateUser(w http.ResponseWriter, r *http.Request) error {
	if err := s.limit(r, flow.UseMail); err != nil {
		return err
	}
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	var in updateBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	asked, err := in.asked()
	if err != nil {
		return err
	}
	asked.Admin, asked.RedirectTo = slices.Contains(s.Admins, c.User.Role), s.redirectTo(r)
	user, err := s.Flows.UpdateUser(r.Context(), c, asked, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(user))
}

// asked is what the body asks for.
func (in updateBody) asked() (flow.UserUpdate, error) {
	u := flow.UserUpdate{
		Password: in.Password, CurrentPassword: in.CurrentPassword, Nonce: in.Nonce,
		Challenge: flow.Challenge{Text: in.Challenge, Method: in.Method},
	}
	var err error
	if in.Email != "" {
		if u.Email, err = wire.Email(in.Email); err != nil {
			return u, err
		}
	}
	if in.Phone != "" {
		asked, err := phoneSignUp(in.Phone, in.Channel, nil)
		if err != nil {
			return u, err
		}
		u.Phone, u.Channel = asked.Phone, asked.Channel
	}
	if u.Data, err = metadata("data", in.Data); err != nil {
		return u, err
	}
	u.AppData, err = metadata("app_metadata", in.AppData)
	return u, err
}

// metadata reads a member of a body that goes over metadata, an object, and writes it anew: what JSON can say and the database
// cannot keep, a half of a surrogate pair, is replaced on the way. It is nil where there is none. A number that is out of range
// in GoTrue is so here, too.
func metadata(name string, value json.RawMessage) (json.RawMessage, error) {
	if err := isObject(name, value); err != nil {
		return nil, err
	}
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	var members map[string]any
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, fault.New(fault.Invalid, "bad_json", "Could not parse request body as JSON: "+name+" has a number out of range")
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

// reauthenticate sends the caller a code.
func (s *Service) reauthenticate(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	if err := s.Flows.Reauthenticate(r.Context(), c, s.visit(r)); err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct{}{})
}
