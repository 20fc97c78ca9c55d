package auth

import (
	"encoding/json"
	"net/http"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

// channel reads by which way a message goes. Without a word it is a text message.
func channel(asked string) (string, error) {
	switch asked {
	case "":
		return "sms", nil
	case "sms", "whatsapp":
		return asked, nil
	}
	return "", invalid("Invalid channel, supported values are 'sms' or 'whatsapp'. " +
		"'whatsapp' is only supported if Twilio or Twilio Verify is used as the provider.")
}

// signUpByPhone answers a sign-up with a number. Nothing leads from a message back to a browser, so there is no flow of PKCE.
func (s *Service) signUpByPhone(w http.ResponseWriter, r *http.Request, in signUpBody, data json.RawMessage) error {
	if in.Challenge != "" {
		return invalid("PKCE not supported for phone signups")
	}
	if err := s.limit(r, flow.UseMail); err != nil {
		return err
	}
	asked, err := phoneSignUp(in.Phone, in.Channel, data)
	if err != nil {
		return err
	}
	asked.Password = in.Password
	made, err := s.Flows.SignUpByPhone(r.Context(), asked, s.visit(r))
	if err != nil {
		return err
	}
	return s.sendRegistered(w, made)
}

// phoneSignUp reads what a sign-up with a number and a request for a code have in common.
func phoneSignUp(phone, by string, data json.RawMessage) (p flow.PhoneSignUp, err error) {
	p.Data = data
	if p.Channel, err = channel(by); err != nil {
		return p, err
	}
	p.Phone, err = wire.Phone(phone)
	return p, err
}

// sendText sends a code to a number.
func (s *Service) sendText(w http.ResponseWriter, r *http.Request, in codeBody) error {
	data, err := metadata("data", in.Data)
	if err != nil {
		return err
	}
	asked, err := phoneSignUp(in.Phone, in.Channel, data)
	if err != nil {
		return err
	}
	id, err := s.Flows.SendText(r.Context(), flow.TextRequest{PhoneSignUp: asked, CreateUser: in.CreateUser}, s.visit(r))
	return sendMessageID(w, id, err)
}

// sendMessageID answers to a request for a message.
func sendMessageID(w http.ResponseWriter, id string, err error) error {
	if err != nil {
		return err
	}
	return wire.Send(w, http.StatusOK, struct {
		MessageID string `json:"message_id,omitempty"`
	}{id})
}

// resendText sends a message once more; that about the change of a number may be asked for by an address, too.
func (s *Service) resendText(w http.ResponseWriter, r *http.Request, in resendBody) (err error) {
	var phone, email, id string
	if in.Phone != "" {
		phone, err = wire.Phone(in.Phone)
	} else {
		email, err = wire.Email(in.Email)
	}
	switch {
	case err != nil:
		return err
	case in.Type == "phone_change":
		id, err = s.Flows.ResendPhoneChange(r.Context(), phone, email, s.visit(r))
	case in.Type == "sms":
		id, err = s.Flows.ResendText(r.Context(), phone, s.visit(r))
	} // for an address, asked for by a number: nobody has one that waits
	return sendMessageID(w, id, err)
}

// verifyPhone gives a session for the code that a message brought.
func (s *Service) verifyPhone(w http.ResponseWriter, r *http.Request, in verifyBody) error {
	verify := s.Flows.VerifyPhone
	switch in.Type {
	case "sms":
	case "phone_change":
		verify = s.Flows.VerifyPhoneChange
	default:
		return invalid("Invalid sms verification type")
	}
	phone, err := wire.Phone(in.Phone)
	if err != nil {
		return err
	}
	signed, err := verify(r.Context(), phone, in.Token, s.visit(r))
	if err != nil {
		return err
	}
	return sendSession(w, signed)
}

// signInWithPassword signs in by whichever of address and number is given. A number of another form is nobody's.
func (s *Service) signInWithPassword(r *http.Request, in passwordBody) (flow.Signed, error) {
	switch {
	case in.Email != "" && in.Phone != "":
		return flow.Signed{}, fault.New(fault.Invalid, "validation_failed", "Only an email address or phone number should be provided on login.")
	case in.Phone != "":
		phone, err := wire.Phone(in.Phone)
		if err != nil {
			phone = ""
		}
		return s.Flows.SignInByPhone(r.Context(), phone, in.Password, s.visit(r))
	}
	return s.Flows.SignInWithPassword(r.Context(), in.Email, in.Password, s.visit(r))
}
