package hooks

import (
	"context"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

// Texts has an application send the text messages (GOTRUE_HOOK_SEND_SMS_*).
type Texts struct{ Hook Caller }

// texted is the payload about a message (GoTrue, hooks/v0hooks: SendSMSInput).
type texted struct {
	User wire.User `json:"user"`
	SMS  sms       `json:"sms"`
}

// sms is what is in the message, and where it goes: with a change of number that is not the number of the user.
type sms struct {
	Code  string `json:"otp"`
	Phone string `json:"phone"`
}

// SendText asks the application to send a message. Hooks do not tell ids of messages.
func (t Texts) SendText(ctx context.Context, u store.User, m flow.Text) (id string, err error) {
	return "", t.Hook.Call(ctx, texted{wire.NewUser(u), sms{m.Code, m.To}}, nil)
}
