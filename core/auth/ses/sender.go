package ses

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	stdmail "net/mail"
	"slices"

	"github.com/pergola-dev/pergola/core/auth/mail"
	"github.com/pergola-dev/pergola/core/awsapi"
)

// Sender is a mail.Sender over the API of Amazon SES, version 2.
type Sender struct {
	Client  *awsapi.Client
	From    string              // PERGOLA_SES_FROM: an address that SES has verified, or one of a domain that it has
	Name    string              // GOTRUE_SMTP_SENDER_NAME; "" for none
	Headers map[string][]string // GOTRUE_SMTP_HEADERS: what every message has besides
}

// The body of SendEmail, as far as it is used.
type (
	sending struct {
		FromEmailAddress string
		Destination      destination
		Content          content
	}
	destination struct{ ToAddresses []string }
	content     struct{ Simple simple }
	simple      struct {
		Subject text
		Body    body
		Headers []header `json:",omitempty"`
	}
	body   struct{ Text, Html text }
	text   struct{ Data, Charset string }
	header struct{ Name, Value string }
)

// Send delivers one message, as text and as HTML. The error of a sandbox, or of an address that is not verified, is SES's own.
func (s Sender) Send(ctx context.Context, m mail.Message) error {
	in, err := s.compose(m)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("writing a message for SES: %w", err)
	}
	_, err = s.Client.Do(ctx, awsapi.Request{
		Service: "ses", Host: "email", Method: http.MethodPost, Path: "/v2/email/outbound-emails", Body: encoded,
		Header: map[string]string{"Content-Type": "application/json"},
	})
	if err != nil {
		return fmt.Errorf("handing a message to SES: %w", err)
	}
	return nil
}

func (s Sender) compose(m mail.Message) (sending, error) {
	to, err := stdmail.ParseAddress(m.To)
	if err != nil {
		return sending{}, fmt.Errorf("reading the address of a message: %w", err)
	}
	from := s.From
	if s.Name != "" {
		from = (&stdmail.Address{Name: s.Name, Address: s.From}).String() // a name that is not ASCII has to be encoded
	}
	return sending{
		FromEmailAddress: from, Destination: destination{[]string{to.Address}},
		Content: content{simple{Subject: utf8(m.Subject), Body: body{Text: utf8(m.Text), Html: utf8(m.HTML)}, Headers: s.headers()}},
	}, nil
}

func (s Sender) headers() []header {
	var all []header
	for name, values := range s.Headers {
		for _, v := range values {
			all = append(all, header{name, v})
		}
	}
	slices.SortStableFunc(all, func(a, b header) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func utf8(data string) text { return text{Data: data, Charset: "UTF-8"} }
