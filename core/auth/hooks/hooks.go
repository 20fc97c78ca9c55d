package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pergola-dev/pergola/core/auth/access"
	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

// Caller carries a payload to an application and brings its answer; *webhook.Hook is the one there is. Its errors are faults.
type Caller interface {
	Call(ctx context.Context, payload, answer any) error
}

// Set are the hooks that are set; nil for one that is not (GOTRUE_HOOK_*).
type Set struct {
	Before Caller // GOTRUE_HOOK_BEFORE_USER_CREATED_*
	After  Caller // GOTRUE_HOOK_AFTER_USER_CREATED_*
	Token  Caller // GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_*

	Password Caller // GOTRUE_HOOK_PASSWORD_VERIFICATION_ATTEMPT_*
	Factor   Caller // GOTRUE_HOOK_MFA_VERIFICATION_ATTEMPT_*

	Clock func() time.Time
}

// created is the payload about a user who is made (GoTrue, hooks/v0hooks: BeforeUserCreatedInput, AfterUserCreatedInput).
type created struct {
	Metadata metadata  `json:"metadata"`
	User     wire.User `json:"user"`
}

type metadata struct {
	ID   string    `json:"uuid"`
	Time time.Time `json:"time"`
	Name string    `json:"name"`
	IP   string    `json:"ip_address"`
}

// BeforeUserCreated asks whether u may be written. An error that the hook answers with is what the client is told.
func (s Set) BeforeUserCreated(ctx context.Context, u store.User, v flow.Visit) error {
	return s.tell(ctx, s.Before, "before-user-created", u, v)
}

// AfterUserCreated tells of u, who has been written.
func (s Set) AfterUserCreated(ctx context.Context, u store.User, v flow.Visit) error {
	return s.tell(ctx, s.After, "after-user-created", u, v)
}

func (s Set) tell(ctx context.Context, hook Caller, name string, u store.User, v flow.Visit) error {
	if hook == nil {
		return nil
	}
	about := metadata{ID: uuid.New().String(), Time: s.Clock().UTC(), Name: name, IP: v.IP}
	return hook.Call(ctx, created{about, wire.NewUser(u)}, nil)
}

// claimed is the payload about an access token (GoTrue, hooks/v0hooks: CustomAccessTokenInput).
type claimed struct {
	UserID string        `json:"user_id"`
	Claims access.Claims `json:"claims"`
	Method string        `json:"authentication_method"`
}

var errNoClaims = errors.New("the custom access token hook has answered without claims")

// Claims asks what a token shall say in the place of c.
func (s Set) Claims(ctx context.Context, c access.Claims, method string) (json.RawMessage, error) {
	if s.Token == nil {
		return nil, nil
	}
	var answer struct {
		Claims json.RawMessage `json:"claims"`
	}
	if err := s.Token.Call(ctx, claimed{c.Subject, c, method}, &answer); err != nil {
		return nil, err
	}
	if len(answer.Claims) == 0 {
		return nil, errNoClaims
	}
	return answer.Claims, nil
}
