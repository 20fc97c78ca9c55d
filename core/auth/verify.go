package auth

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/redirect"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) verifyRoutes(m *routes) {
	m.handle("GET /verify", s.followLink)
	m.handle("HEAD /verify", s.lookAtLink)
	m.handle("POST /verify", s.verify)
}

// lookAtLink answers to what looks at links before people follow them. It uses nothing up.
func (s *Service) lookAtLink(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusOK)
	return nil
}

// otherHalf is what is said when one of two addresses has confirmed a change (GoTrue, singleConfirmationAccepted).
const otherHalf = "Confirmation link accepted. Please proceed to confirm link sent to the other email"

// purposeChange is the purpose of what confirms a new address.
const purposeChange = "email_change"

// followLink answers to somebody who has followed the link of a mail: it leads on to the application, with what came of it.
func (s *Service) followLink(w http.ResponseWriter, r *http.Request) error {
	if err := s.limit(r, flow.UseVerify); err != nil {
		return err
	}
	q := r.URL.Query()
	brought := flow.Verification{Purpose: q.Get("type"), Hash: q.Get("token")}
	switch {
	case brought.Purpose == "":
		return invalid("Verify requires a verification type")
	case brought.Hash == "":
		return invalid("Verify requires a token or a token hash")
	}
	target := s.redirectTo(r)
	came, err := s.follow(r, brought)
	forCode := flow.ForCode(brought.Hash)
	switch {
	case err != nil:
		target = withError(target, wire.Told(r, err, s.Log), forCode)
	case came.Waiting:
		target = withMessage(target, otherHalf, forCode)
	case forCode:
		target = redirect.AppendQuery(target, url.Values{"code": {came.Code}})
	default:
		wire.SetSignedIn(w.Header(), came.Signed)
		target = withSession(target, came.Signed, brought.Purpose)
	}
	leadTo(w, r, target)
	return nil
}

func (s *Service) follow(r *http.Request, brought flow.Verification) (flow.EmailChanged, error) {
	if brought.Purpose == purposeChange {
		return s.Flows.FollowEmailChange(r.Context(), brought, s.visit(r))
	}
	came, err := s.Flows.Follow(r.Context(), brought, s.visit(r))
	return flow.EmailChanged{Followed: came}, err
}

// leadTo sends a browser on. The answer has no body, which would show the target, and is not kept: the target may hold a session.
func leadTo(w http.ResponseWriter, r *http.Request, target string) {
	w.Header()["Content-Type"] = nil // http.Redirect writes no body then
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// withSession gives target with the session in its fragment, as the implicit grant has it (RFC 6749, 4.2.2), and more that
// auth-js reads. The empty sb says that it comes from here.
func withSession(target string, signed flow.Signed, purpose string) string {
	session := wire.NewSession(signed)
	return redirect.AppendFragment(target, url.Values{
		"access_token": {session.AccessToken}, "token_type": {session.TokenType}, "refresh_token": {session.RefreshToken},
		"expires_in": {strconv.FormatInt(session.ExpiresIn, 10)}, "expires_at": {strconv.FormatInt(session.ExpiresAt, 10)},
		"type": {purpose}, "sb": {""},
	})
}

// withMessage gives target with a message in its fragment, and in its query for the client of a flow of PKCE.
func withMessage(target, message string, forCode bool) string {
	q := url.Values{"message": {message}}
	if forCode {
		target = redirect.AppendQuery(target, q)
	}
	q.Set("sb", "")
	return redirect.ReplaceFragment(target, q)
}

// withError gives target with an error in its fragment, and in its query for the client of a flow of PKCE. What else is in the
// query stays.
func withError(target string, f *fault.Error, forCode bool) string {
	q := url.Values{"error_code": {f.Code}, "error_description": {f.Message}}
	if name := oauthErrors[f.Status()]; name != "" {
		q.Set("error", name)
	}
	if forCode {
		target = redirect.AppendQuery(target, q)
	}
	q.Set("sb", "")
	return redirect.ReplaceFragment(target, q)
}

// oauthErrors are the names of errors in redirects, by status (RFC 6749, 4.1.2.1; GoTrue, oauthErrorMap).
var oauthErrors = map[int]string{
	http.StatusBadRequest: "invalid_request", http.StatusUnauthorized: "unauthorized_client", http.StatusForbidden: "access_denied",
	http.StatusInternalServerError: "server_error", http.StatusServiceUnavailable: "temporarily_unavailable",
}

// verifyBody is what somebody types in who got a code, or what an application took out of a link.
type verifyBody struct {
	Type       string `json:"type"`
	Token      string `json:"token"`
	TokenHash  string `json:"token_hash"`
	Email      string `json:"email"`
	Phone      string `json:"phone"`
	RedirectTo string `json:"redirect_to"`
}

// brought is what the body brings. What GoTrue refuses is refused, in its order.
func (in verifyBody) brought() (flow.Verification, error) {
	v := flow.Verification{Purpose: in.Type, Hash: in.TokenHash, Code: in.Token}
	switch {
	case in.Type == "":
		return v, invalid("Verify requires a verification type")
	case (in.Token == "") == (in.TokenHash == ""):
		return v, invalid("Verify requires either a token or a token hash")
	case in.TokenHash != "" && (in.Email != "" || in.Phone != "" || in.RedirectTo != ""):
		return v, invalid("Only the token_hash and type should be provided")
	case in.TokenHash != "":
		return v, nil
	case (in.Email == "") == (in.Phone == ""):
		return v, invalid("Only an email address or phone number should be provided on verify")
	case in.Phone != "":
		return v, nil
	}
	var err error
	if v.Email, err = wire.Email(in.Email); err != nil {
		return v, fault.New(fault.Unprocessable, "validation_failed", "Invalid email format").WithCause(err)
	}
	return v, nil
}

// verify gives a session for what a mail brought.
func (s *Service) verify(w http.ResponseWriter, r *http.Request) error {
	if err := s.limit(r, flow.UseVerify); err != nil {
		return err
	}
	var in verifyBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	brought, err := in.brought()
	if err != nil {
		return err
	}
	switch {
	case in.Phone != "":
		return s.verifyPhone(w, r, in)
	case in.Type == purposeChange:
		return s.verifyChange(w, r, brought)
	}
	signed, err := s.Flows.Verify(r.Context(), brought, s.visit(r))
	if err != nil {
		return err
	}
	return sendSession(w, signed)
}

// verifyChange confirms a new address. The first of two that have to be asked makes no session.
func (s *Service) verifyChange(w http.ResponseWriter, r *http.Request, brought flow.Verification) error {
	changed, err := s.Flows.VerifyEmailChange(r.Context(), brought, s.visit(r))
	switch {
	case err != nil:
		return err
	case changed.Waiting:
		return wire.Send(w, http.StatusOK, map[string]string{"msg": otherHalf, "code": strconv.Itoa(http.StatusOK)})
	}
	return sendSession(w, changed.Signed)
}
