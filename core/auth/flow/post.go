package flow

import (
	"cmp"
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
	"time"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
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

// pkcePrefix marks the hash of a token whose link ends in a code for the client that asked for it (GoTrue, PKCEPrefix).
const pkcePrefix = "pkce_"

// ticket is what a mail hands over: a code, and a link that does the same.
type ticket struct {
	Purpose    string // of GET /verify: "signup", "recovery", ...
	To         string // the address that the mail goes to, which the code is worth something with
	Code       string
	State      *store.FlowState // that the link goes on with; nil for none
	RedirectTo string           // where the link leads in the end
	External   string           // Visit.External
}

// hash is what the link holds, and what is kept.
func (t ticket) hash() string {
	if t.State != nil {
		return pkcePrefix + tokenHash(t.To, t.Code)
	}
	return tokenHash(t.To, t.Code)
}

// token is what is kept of a ticket.
func (t ticket) token(kind, user string, now time.Time) store.Token {
	return store.Token{
		ID: uuid.New().String(), UserID: user, Kind: kind, Hash: t.hash(), RelatesTo: t.To, CreatedAt: store.Clock{Time: now}, State: t.State,
	}
}

// letter is the mail to a user that hands over a ticket.
func (f *Flows) letter(kind mail.Kind, u store.User, t ticket) Letter {
	v := mail.Variables{
		SiteURL: f.settings.SiteURL, ConfirmationURL: f.link(kind, t), Token: t.Code, TokenHash: t.hash(), Email: u.Email, SendingTo: t.To,
		RedirectTo: t.RedirectTo,
	}
	if kind == mail.EmailChange {
		v.NewEmail = u.EmailChange
	}
	_ = json.Unmarshal(u.UserMetadata, &v.Data) // what is no object has no names that a template could ask for
	return Letter{kind, v}
}

// defaultPath is where links lead whose kind Settings.MailPaths does not name.
const defaultPath = "/verify"

// link is the address that does what a ticket is for when somebody follows it: GET /verify, or what stands in front of it. A
// path that repeats the service's own, as GoTrue's settings have it, is meant once.
func (f *Flows) link(kind mail.Kind, t ticket) string {
	base := strings.TrimSuffix(cmp.Or(t.External, f.settings.ExternalURL), "/")
	path := cmp.Or(f.settings.MailPaths[kind], defaultPath)
	if u, err := url.Parse(base); err == nil && u.Path != "" && strings.HasPrefix(path, u.Path+"/") {
		path = strings.TrimPrefix(path, u.Path)
	}
	q := url.Values{"token": {t.hash()}, "type": {t.Purpose}, "redirect_to": {t.RedirectTo}}
	return base + "/" + strings.TrimPrefix(path, "/") + "?" + q.Encode()
}
