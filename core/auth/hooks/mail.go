package hooks

import (
	"context"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
)

// Mail has an application send the letters (GOTRUE_HOOK_SEND_EMAIL_*). No template of ours is used then.
type Mail struct {
	Hook     Caller
	External string // API_EXTERNAL_URL, which GoTrue calls site_url here
}

// letters is the payload about letters that belong together (GoTrue, hooks/v0hooks: SendEmailInput).
type letters struct {
	User wire.User `json:"user"`
	Data data      `json:"email_data"`
}

// data is what is in the letters. Of the two of an e-mail change, token and token_hash_new belong to the one to the old
// address, and token_new and token_hash to the other: GoTrue crosses them, and hooks are written for that.
type data struct {
	Token      string `json:"token"`
	Hash       string `json:"token_hash"`
	RedirectTo string `json:"redirect_to"`
	Action     string `json:"email_action_type"`
	SiteURL    string `json:"site_url"`
	TokenNew   string `json:"token_new"`
	HashNew    string `json:"token_hash_new"`
}

// Send asks the application to send the letters, all in one call.
func (m Mail) Send(ctx context.Context, u store.User, sent ...flow.Letter) error {
	if len(sent) == 0 {
		return nil
	}
	return m.Hook.Call(ctx, letters{wire.NewUser(u), m.data(sent)}, nil)
}

func (m Mail) data(sent []flow.Letter) data {
	first := sent[0]
	d := data{
		Token: first.Token, Hash: first.TokenHash, RedirectTo: first.RedirectTo, Action: actionOf(first.Kind),
		SiteURL: strings.TrimSuffix(m.External, "/"),
	}
	for _, l := range sent[1:] {
		old, changed := first, l
		if first.SendingTo == first.NewEmail {
			old, changed = l, first
		}
		d.Token, d.HashNew, d.TokenNew, d.Hash = old.Token, old.TokenHash, changed.Token, changed.TokenHash
	}
	return d
}

// actionOf is GoTrue's word for a kind (internal/mailer: email_action_type).
func actionOf(k mail.Kind) string {
	if k == mail.Confirmation {
		return "signup"
	}
	return strings.ReplaceAll(strings.ToLower(string(k)), "magic_link", "magiclink")
}
