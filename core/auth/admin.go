package auth

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) adminRoutes(m *routes) {
	m.handle("GET /admin/users", s.adminUsers)
	m.handle("POST /admin/users", s.adminCreateUser)
	m.handle("GET /admin/users/{id}", s.adminUser)
	m.handle("PUT /admin/users/{id}", s.adminUpdateUser)
	m.handle("DELETE /admin/users/{id}", s.adminDeleteUser)
	m.handle("POST /admin/generate_link", s.generateLink)
	m.handle("POST /invite", s.invite)
}

// adminUserBody is what an administrator says of a user.
type adminUserBody struct {
	ID           string          `json:"id"`
	Aud          string          `json:"aud"`
	Role         string          `json:"role"`
	Email        string          `json:"email"`
	Phone        string          `json:"phone"`
	Password     *string         `json:"password"`
	PasswordHash string          `json:"password_hash"`
	EmailConfirm bool            `json:"email_confirm"`
	PhoneConfirm bool            `json:"phone_confirm"`
	UserMetadata json.RawMessage `json:"user_metadata"`
	AppMetadata  json.RawMessage `json:"app_metadata"`
	BanDuration  string          `json:"ban_duration"` // of Go's time.ParseDuration, or "none"
}

func (s *Service) adminCreateUser(w http.ResponseWriter, r *http.Request) error {
	a, err := s.admin(r)
	if err != nil {
		return err
	}
	said, err := readAdminUser(r)
	if err != nil {
		return err
	}
	made, err := s.Flows.AdminCreateUser(r.Context(), a, said, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(made))
}

func (s *Service) adminUser(w http.ResponseWriter, r *http.Request) error {
	a, id, err := s.adminOf(r)
	if err != nil {
		return err
	}
	user, err := s.Flows.AdminUser(r.Context(), a, id)
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(user))
}

func (s *Service) adminUpdateUser(w http.ResponseWriter, r *http.Request) error {
	a, id, err := s.adminOf(r)
	if err != nil {
		return err
	}
	said, err := readAdminUser(r)
	if err != nil {
		return err
	}
	changed, err := s.Flows.AdminUpdateUser(r.Context(), a, id, said, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewUser(changed))
}

func (s *Service) adminDeleteUser(w http.ResponseWriter, r *http.Request) error {
	a, id, err := s.adminOf(r)
	if err != nil {
		return err
	}
	var in struct {
		Softly bool `json:"should_soft_delete"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if err := s.Flows.AdminDeleteUser(r.Context(), a, id, in.Softly, s.visit(r)); err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct{}{})
}

// adminOf is the administrator, and the id of the user whom the path names.
func (s *Service) adminOf(r *http.Request) (flow.Admin, string, error) {
	a, err := s.admin(r)
	if err != nil {
		return flow.Admin{}, "", err
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return flow.Admin{}, "", fault.New(fault.NotFound, "validation_failed", "user_id must be an UUID")
	}
	return a, id.String(), nil
}

// readAdminUser reads a body, and checks the form of what is in it.
func readAdminUser(r *http.Request) (n flow.AdminUser, err error) {
	var in adminUserBody
	if err := wire.Decode(r, &in); err != nil {
		return n, err
	}
	n = flow.AdminUser{
		ID: in.ID, Audience: in.Aud, Role: in.Role, Password: in.Password, PasswordHash: in.PasswordHash, EmailConfirm: in.EmailConfirm,
		PhoneConfirm: in.PhoneConfirm,
	}
	if n.UserMetadata, err = objectOf("user_metadata", in.UserMetadata); err != nil {
		return n, err
	}
	if n.AppMetadata, err = objectOf("app_metadata", in.AppMetadata); err != nil {
		return n, err
	}
	return n, in.readForms(&n)
}

// readForms reads the members whose form is checked; those that are empty are not there.
func (in adminUserBody) readForms(n *flow.AdminUser) (err error) {
	if in.Email != "" {
		if n.Email, err = wire.Email(in.Email); err != nil {
			return err
		}
	}
	if in.Phone != "" {
		if n.Phone, err = wire.Phone(in.Phone); err != nil {
			return err
		}
	}
	n.Ban, err = banDuration(in.BanDuration)
	return err
}

// banDuration reads how long a ban lasts; nil where nothing is said.
func banDuration(text string) (*time.Duration, error) {
	var d time.Duration
	switch text {
	case "":
		return nil, nil
	case "none":
		return &d, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "validation_failed", "invalid format for ban duration: "+err.Error())
	}
	return &d, nil
}

// objectOf gives a member of a body that is an object, and nil for null and for one that is not there.
func objectOf(name string, value json.RawMessage) (json.RawMessage, error) {
	if err := isObject(name, value); err != nil || string(value) == "null" {
		return nil, err
	}
	return value, nil
}
