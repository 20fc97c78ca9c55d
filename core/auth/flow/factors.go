package flow

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/totp"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// FactorSettings decide about second factors. There is one type of them, an app that makes codes (TOTP).
type FactorSettings struct {
	Enrol     bool          // users may add one (GOTRUE_MFA_TOTP_ENROLL_ENABLED)
	Verify    bool          // users may use one (GOTRUE_MFA_TOTP_VERIFY_ENABLED)
	Most      int           // that a user may have (GOTRUE_MFA_MAX_ENROLLED_FACTORS)
	Verified  int           // that a user may have verified (GOTRUE_MFA_MAX_VERIFIED_FACTORS)
	Stale     time.Duration // after which one that was never used makes room for another (GOTRUE_MFA_FACTOR_EXPIRY_DURATION)
	Challenge time.Duration // in which a challenge must be met (GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION)
}

type factorStore interface {
	AddFactor(ctx context.Context, n store.NewFactor) (store.Factor, bool, error)
	RenameFactor(ctx context.Context, f store.Factor, e store.Entry) (store.Factor, bool, error)
	RemoveFactor(ctx context.Context, r store.Removal) (store.Factor, bool, error)
}

const (
	typeTOTP         = "totp"
	statusVerified   = "verified"
	statusUnverified = "unverified"
	levelTwo         = "aal2"

	longestFactorName = 1000 // bytes; the index of names takes 2704 in all
)

// factorTypes are the types of factors that moved projects may have, as GoTrue writes them in its texts.
var factorTypes = map[string]string{typeTOTP: "TOTP", "phone": "Phone", "webauthn": "WebAuthn"}

// Enrolment is what a user says about a factor that is to be theirs.
type Enrolment struct {
	Type   string // "totp"; "phone" and "webauthn" are refused
	Name   string // the user's own name for it; may be ""
	Issuer string // whom an app shows it as being for; "" for the application's host
}

// Enrolled is a new factor, and what an app has to know of it. It is told once.
type Enrolled struct {
	Factor  store.Factor
	Secret  string
	URI     string
	Picture string // of the URI, an SVG
}

// EnrolFactor adds a factor, which counts for nothing before it is verified. A user who has a verified one must have used it
// in this session.
func (f *Flows) EnrolFactor(ctx context.Context, c Caller, e Enrolment, v Visit) (Enrolled, error) {
	now := f.now()
	if err := f.mayEnrol(c, e, now); err != nil {
		return Enrolled{}, err
	}
	secret := totp.NewSecret()
	uri := secret.URI(cmp.Or(e.Issuer, f.issuer()), account(c.User))
	picture, err := totp.Picture(uri)
	if errors.Is(err, totp.ErrTooLong) {
		return Enrolled{}, issuerTooLong()
	}
	if err != nil {
		return Enrolled{}, err
	}
	id := uuid.New().String()
	factor, ok, err := f.store.AddFactor(ctx, store.NewFactor{
		Factor:  store.Factor{ID: id, UserID: c.User.ID, FriendlyName: e.Name, Type: typeTOTP, Status: statusUnverified, Secret: secret.Text(), CreatedAt: now},
		Session: c.Session.ID, Stale: now.Add(-f.settings.Factors.Stale), Most: f.settings.Factors.Most, MostVerified: f.settings.Factors.Verified,
		Entry: line(actionFactorEnrolled, c.User, v, now, map[string]any{"factor_id": id}),
	})
	switch {
	case errors.Is(err, store.ErrTaken):
		return Enrolled{}, factorNameTaken(e.Name)
	case err != nil:
		return Enrolled{}, err
	case !ok:
		return Enrolled{}, contendedFactors()
	}
	return Enrolled{Factor: factor, Secret: secret.Text(), URI: uri, Picture: picture}, nil
}

// mayEnrol refuses what the statement would refuse too, and says why.
func (f *Flows) mayEnrol(c Caller, e Enrolment, now time.Time) error {
	switch {
	case c.User.IsAnonymous:
		return anonymousCaller()
	case factorTypes[e.Type] == "":
		return unknownFactorType()
	case e.Type != typeTOTP || !f.settings.Factors.Enrol:
		return enrolmentOff(e.Type)
	case len(e.Name) > longestFactorName:
		return factorNameTooLong()
	}
	stale := func(o store.Factor) bool {
		return o.Status != statusVerified && o.LastChallengedAt == nil && o.CreatedAt.Before(now.Add(-f.settings.Factors.Stale))
	}
	others := slices.DeleteFunc(slices.Clone(c.User.Factors), stale)
	switch {
	case slices.ContainsFunc(others, func(o store.Factor) bool { return o.FriendlyName == e.Name }):
		return factorNameTaken(e.Name)
	case len(others) >= f.settings.Factors.Most, verified(others) >= f.settings.Factors.Verified:
		return tooManyFactors()
	case hasVerified(others) && c.Session.AAL != levelTwo:
		return enrolmentNeedsAAL2()
	}
	return nil
}

func hasVerified(factors []store.Factor) bool { return verified(factors) > 0 }

// verified is how many factors are verified.
func verified(factors []store.Factor) (n int) {
	for _, f := range factors {
		if f.Status == statusVerified {
			n++
		}
	}
	return n
}

// issuer is whom an app shows a factor as being for, if nobody says otherwise.
func (f *Flows) issuer() string {
	site, err := url.Parse(f.settings.SiteURL)
	if err != nil || site.Host == "" {
		return f.settings.SiteURL
	}
	return site.Host
}

// account is what an app shows a user's factor under.
func account(u store.User) string {
	if u.Email == "" && u.Phone != nil {
		return *u.Phone
	}
	return cmp.Or(u.Email, u.ID)
}

// RemoveFactor takes a factor of the caller's away. Sessions that had their level by it lose it. Whoever has not used a factor
// in this session may take away only what is not verified.
func (f *Flows) RemoveFactor(ctx context.Context, c Caller, id string, v Visit) (store.Factor, error) {
	factor, err := owned(c, id)
	if err != nil {
		return store.Factor{}, err
	}
	if factor.Status == statusVerified && c.Session.AAL != levelTwo {
		return store.Factor{}, removalNeedsAAL2()
	}
	now := f.now()
	removed, ok, err := f.store.RemoveFactor(ctx, store.Removal{
		Factor: factor.ID, User: c.User.ID, Session: c.Session.ID, At: now,
		Entry: line(actionFactorRemoved, c.User, v, now, map[string]any{
			"factor_id": factor.ID, "factor_status": factor.Status, "session_id": c.Session.ID,
		}),
	})
	if err == nil && !ok {
		err = contendedFactors()
	}
	return removed, err
}

// owned gives a factor of the caller's. Somebody else's is not there for them.
func owned(c Caller, id string) (store.Factor, error) {
	if c.User.IsAnonymous {
		return store.Factor{}, anonymousCaller()
	}
	return factorOf(c.User, id)
}

// factorOf gives the factor of a user with an id, which the caller of the service has named.
func factorOf(u store.User, id string) (store.Factor, error) {
	wanted, err := uuid.Parse(id)
	if err != nil {
		return store.Factor{}, factorIDForm()
	}
	for _, factor := range u.Factors {
		if factor.ID == wanted.String() {
			return factor, nil
		}
	}
	return store.Factor{}, factorNotFound()
}
