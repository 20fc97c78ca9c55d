package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Request is for an address to send a person to.
type Request struct {
	Provider string
	State    string // comes back with the person
	Verifier string // of PKCE between the provider and this service (NewVerifier)
	Scopes   string // beside the provider's own, separated by blanks or commas

	// Extra are what the caller wants to tell the provider beside, such as prompt or login_hint. What decides where the
	// person comes back to and what they bring is passed over, in any case of its letters; a nonce is not.
	Extra url.Values
}

// reserved are the parameters that this service itself sets (RFC 6749, RFC 7636, OpenID Connect Core 1.0, and what of
// RFC 9101 would stand for all of them), and those of this service's own that are not the provider's business.
var reserved = []string{
	"client_id", "client_secret", "client_assertion", "client_assertion_type", "redirect_uri", "response_type", "response_mode", "state",
	"scope", "code", "code_challenge", "code_challenge_method", "code_verifier", "grant_type", "request", "request_uri", "registration",
	"provider", "scopes", "redirect_to", "skip_http_redirect", "invite_token", "apikey", "access_token", "refresh_token", "id_token",
}

// NewVerifier makes the secret of PKCE between a provider and this service.
func NewVerifier() string { return oauth2.GenerateVerifier() }

// Authorize gives the address of the provider where the person signs in. The faults are those of a provider that is not set
// up or cannot be reached.
func (s *Set) Authorize(ctx context.Context, r Request) (string, error) {
	p, err := s.find(r.Provider)
	if err != nil {
		return "", err
	}
	at, err := p.where(ctx)
	if err != nil {
		return "", unreachable(err)
	}
	var options []oauth2.AuthCodeOption
	for name, values := range r.Extra {
		if len(values) > 0 && !slices.Contains(reserved, strings.ToLower(name)) {
			options = append(options, oauth2.SetAuthURLParam(name, values[0]))
		}
	}
	if at.pkce {
		options = append(options, oauth2.S256ChallengeOption(r.Verifier))
	}
	if p.form {
		options = append(options, oauth2.SetAuthURLParam("response_mode", "form_post"))
	}
	return p.configure(at, r.Scopes).AuthCodeURL(r.State, options...), nil
}

// Return is what a person brings back from a provider.
type Return struct {
	Provider string
	Code     string
	Verifier string // the one of the Request
	User     string // what Apple's form says of the person, the first time; "" otherwise
}

// Arrival is whom a provider has sent, and the tokens with which the application may ask it for more.
type Arrival struct {
	Person
	AccessToken   string
	RefreshToken  string // "" where the provider gives none
	EmailOptional bool   // the provider's people need no address
}

// Exchange turns a code into a person. The faults tell nothing of the reason, which is in their cause.
func (s *Set) Exchange(ctx context.Context, r Return) (Arrival, error) {
	p, err := s.find(r.Provider)
	if err != nil {
		return Arrival{}, unsupported(err)
	}
	at, err := p.where(ctx)
	if err != nil {
		return Arrival{}, notExchanged(err)
	}
	var options []oauth2.AuthCodeOption
	if at.pkce && r.Verifier != "" {
		options = append(options, oauth2.VerifierOption(r.Verifier))
	}
	token, err := p.configure(at, "").Exchange(oidc.ClientContext(ctx, s.client), r.Code, options...)
	if err != nil {
		return Arrival{}, notExchanged(discreet(err))
	}
	person, err := p.who(ctx, token)
	if err != nil {
		return Arrival{}, noProfile(err)
	}
	if p.Name == Apple {
		person.named(r.User)
	}
	if person, err = person.settled(); err != nil {
		return Arrival{}, noProfile(err)
	}
	return Arrival{Person: person, AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, EmailOptional: p.EmailOptional}, nil
}

// errRefused stands for an answer whose body may hold anything.
var errRefused = errors.New("the provider refuses the code")

// discreet takes the body of an answer out of an error, which goes into the log.
func discreet(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := http.StatusText(refused.Response.StatusCode)
		return errors.Join(errRefused, errors.New(status+" "+refused.ErrorCode))
	}
	return err
}
