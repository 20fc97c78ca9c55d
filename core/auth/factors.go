package auth

import (
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

func (s *Service) factorRoutes(m *routes) {
	m.handle("POST /factors", s.enrolFactor)
	m.handle("POST /factors/{factor}/challenge", s.challengeFactor)
	m.handle("POST /factors/{factor}/verify", s.verifyFactor)
	m.handle("DELETE /factors/{factor}", s.removeFactor)
	m.handle("GET /admin/users/{id}/factors", s.adminFactors)
	m.handle("PUT /admin/users/{id}/factors/{factor}", s.adminUpdateFactor)
	m.handle("DELETE /admin/users/{id}/factors/{factor}", s.adminRemoveFactor)
}

// enrolledBody is the JSON of a new factor.
type enrolledBody struct {
	ID           string `json:"id"`
	Type         string `json:"type"`
	FriendlyName string `json:"friendly_name"`
	TOTP         struct {
		QRCode string `json:"qr_code"` // an SVG, in front of which auth-js puts what makes it a data: URL
		Secret string `json:"secret"`
		URI    string `json:"uri"`
	} `json:"totp"`
}

func (s *Service) enrolFactor(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	var in struct {
		FactorType   string `json:"factor_type"`
		FriendlyName string `json:"friendly_name"`
		Issuer       string `json:"issuer"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	enrolled, err := s.Flows.EnrolFactor(r.Context(), c, flow.Enrolment{Type: in.FactorType, Name: in.FriendlyName, Issuer: in.Issuer}, s.visit(r))
	if err != nil {
		return err
	}
	body := enrolledBody{ID: enrolled.Factor.ID, Type: enrolled.Factor.Type, FriendlyName: enrolled.Factor.FriendlyName}
	body.TOTP.QRCode, body.TOTP.Secret, body.TOTP.URI = enrolled.Picture, enrolled.Secret, enrolled.URI
	return wire.Send(w, http.StatusOK, body)
}

func (s *Service) challengeFactor(w http.ResponseWriter, r *http.Request) error {
	c, err := s.factorUser(r, flow.UseChallenge)
	if err != nil {
		return err
	}
	challenge, err := s.Flows.ChallengeFactor(r.Context(), c, r.PathValue("factor"), s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct {
		ID        string `json:"id"`
		Type      string `json:"type"`
		ExpiresAt int64  `json:"expires_at"` // Unix seconds
	}{challenge.ID, challenge.Type, challenge.ExpiresAt.Unix()})
}

func (s *Service) verifyFactor(w http.ResponseWriter, r *http.Request) error {
	c, err := s.factorUser(r, flow.UseFactor)
	if err != nil {
		return err
	}
	var in struct {
		ChallengeID string `json:"challenge_id"`
		Code        string `json:"code"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if in.ChallengeID != "" && !uuid.Is(in.ChallengeID) {
		return fault.New(fault.Invalid, "bad_json", "Could not parse request body as JSON: challenge_id must be a UUID")
	}
	code := flow.FactorCode{Factor: r.PathValue("factor"), Challenge: in.ChallengeID, Code: in.Code}
	signed, err := s.Flows.VerifyFactor(r.Context(), c, code, s.visit(r))
	if err != nil {
		return err
	}
	return sendSession(w, signed)
}

// factorUser is the caller, whose uses of factors are counted.
func (s *Service) factorUser(r *http.Request, use flow.Use) (flow.Caller, error) {
	c, err := s.caller(r)
	if err != nil {
		return flow.Caller{}, err
	}
	return c, s.limit(r, use)
}

func (s *Service) removeFactor(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caller(r)
	if err != nil {
		return err
	}
	removed, err := s.Flows.RemoveFactor(r.Context(), c, r.PathValue("factor"), s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct {
		ID string `json:"id"`
	}{removed.ID})
}

func (s *Service) adminFactors(w http.ResponseWriter, r *http.Request) error {
	a, user, err := s.adminOf(r)
	if err != nil {
		return err
	}
	factors, err := s.Flows.AdminFactors(r.Context(), a, user)
	if err != nil {
		return err
	}
	body := make([]wire.Factor, len(factors))
	for n, factor := range factors {
		body[n] = wire.NewFactor(factor)
	}
	return wire.Send(w, http.StatusOK, body)
}

func (s *Service) adminUpdateFactor(w http.ResponseWriter, r *http.Request) error {
	a, user, err := s.adminOf(r)
	if err != nil {
		return err
	}
	var in struct {
		FriendlyName string `json:"friendly_name"`
		Phone        string `json:"phone"`
	}
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if in.Phone != "" {
		if in.Phone, err = wire.Phone(in.Phone); err != nil {
			return err
		}
	}
	to := store.Factor{FriendlyName: in.FriendlyName, Phone: in.Phone}
	changed, err := s.Flows.AdminUpdateFactor(r.Context(), a, user, r.PathValue("factor"), to, s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewFactor(changed))
}

func (s *Service) adminRemoveFactor(w http.ResponseWriter, r *http.Request) error {
	a, user, err := s.adminOf(r)
	if err != nil {
		return err
	}
	removed, err := s.Flows.AdminRemoveFactor(r.Context(), a, user, r.PathValue("factor"), s.visit(r))
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, wire.NewFactor(removed))
}
