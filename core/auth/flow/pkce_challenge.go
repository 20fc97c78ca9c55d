package flow

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"regexp"
	"strings"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// Challenge is how a client binds to itself what it asks for (PKCE, RFC 7636, 4.2): what comes of it is worth something only
// to whoever has the verifier that the challenge was made of. The zero Challenge is of a client that does not.
type Challenge struct {
	Text   string
	Method string // "s256" or "plain", in any case
}

// PKCESettings decide about flows that end with a code for the client that began them.
type PKCESettings struct {
	// Lifetime is how long one may take, and how long its code is worth something
	// (GOTRUE_EXTERNAL_FLOW_STATE_EXPIRY_DURATION). GoTrue takes no less than five minutes, and so does this.
	Lifetime    time.Duration
	RefusePlain bool // challenges that are the verifier itself, which whoever reads the request has too
}

// leastFlow is the shortest lifetime (GoTrue, conf.GlobalConfiguration.ApplyDefaults).
const leastFlow = 5 * time.Minute

func (s PKCESettings) lifetime() time.Duration { return max(s.Lifetime, leastFlow) }

// The methods of a challenge, as the database keeps them.
const (
	methodS256  = "s256"
	methodPlain = "plain"
)

// The bounds and the characters of RFC 7636, 4.2.
const leastChallenge, mostChallenge = 43, 128

var challengeForm = regexp.MustCompile(`^[a-zA-Z0-9._~-]+$`)

// check refuses a challenge that is none. Flows do it before they ask whose address it is about.
func (s PKCESettings) check(c Challenge) error {
	method := strings.ToLower(c.Method)
	switch {
	case c == Challenge{}:
		return nil
	case c.Text == "" || c.Method == "":
		return halfChallenge()
	case len(c.Text) < leastChallenge || len(c.Text) > mostChallenge:
		return challengeLength()
	case !challengeForm.MatchString(c.Text):
		return challengeCharacters()
	case method != methodS256 && (method != methodPlain || s.RefusePlain):
		return challengeMethod(c.Method)
	}
	return nil
}

// state is the beginning of a flow about a user that ends in a session by a method; nil without a challenge. The provider of
// such a flow is the method again, as GoTrue writes it.
func (c Challenge) state(user, method string, now time.Time) *store.FlowState {
	if c.Text == "" {
		return nil
	}
	return &store.FlowState{
		ID: uuid.New().String(), UserID: user, CodeChallenge: c.Text, CodeChallengeMethod: strings.ToLower(c.Method),
		ProviderType: method, AuthenticationMethod: method, CreatedAt: now, UpdatedAt: now,
	}
}

// proves reports whether a verifier is the one that the challenge of a state was made of.
func proves(verifier string, s store.FlowState) bool {
	made := verifier
	if s.CodeChallengeMethod == methodS256 {
		sum := sha256.Sum256([]byte(verifier))
		made = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return s.CodeChallenge != "" && subtle.ConstantTimeCompare([]byte(made), []byte(s.CodeChallenge)) == 1
}
