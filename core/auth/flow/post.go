package flow

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/fault"
)

// Post sends mail. A flow calls it when what the mail is about has been written, and once.
type Post interface {
	// Send makes messages to a user that belong together, and sends each to its SendingTo.
	Send(ctx context.Context, u store.User, letters ...Letter) error
}

// Letter is a mail to be written.
type Letter struct {
	Kind mail.Kind
	mail.Variables
}

// send sends letters, of one kind, about what is written already. That there were too many, or what a hook says, is told;
// another failure is ours.
func (f *Flows) send(ctx context.Context, u store.User, letters ...Letter) error {
	err := f.post.Send(ctx, u, letters...)
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	what := strings.ReplaceAll(strings.ToLower(string(letters[0].Kind)), "_", " ")
	return fault.New(fault.Internal, "unexpected_failure", "Error sending "+what+" email").WithCause(fmt.Errorf("sending mail: %w", err))
}

// newCode makes a code of n digits to type in.
func newCode(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	code, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic("flow: " + err.Error()) // the system has no randomness
	}
	return fmt.Sprintf("%0*d", n, code)
}

// tokenHash is what is kept of a code that was sent to an address or a number, and what a link holds (GoTrue,
// crypto.GenerateTokenHash): SHA-224 of both in hexadecimal.
func tokenHash(to, code string) string {
	sum := sha256.Sum224([]byte(to + code))
	return hex.EncodeToString(sum[:])
}

// link is the address that does what a token is for when somebody follows it: GET /verify.
func (f *Flows) link(purpose, hash, redirectTo string) string {
	q := url.Values{"token": {hash}, "type": {purpose}, "redirect_to": {redirectTo}}
	return strings.TrimSuffix(f.settings.ExternalURL, "/") + "/verify?" + q.Encode()
}

// variables are those of a mail to a user about a token.
func (f *Flows) variables(u store.User, purpose, code, redirectTo string) mail.Variables {
	hash := tokenHash(u.Email, code)
	v := mail.Variables{
		SiteURL: f.settings.SiteURL, ConfirmationURL: f.link(purpose, hash, redirectTo), Token: code, TokenHash: hash, Email: u.Email,
		SendingTo: u.Email, RedirectTo: redirectTo,
	}
	_ = json.Unmarshal(u.UserMetadata, &v.Data) // what is no object has no names that a template could ask for
	return v
}
