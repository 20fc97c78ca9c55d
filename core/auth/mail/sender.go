package mail

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// Sender delivers messages. An error means that the message is probably not under way; it is safe to call again, at the
// price of a second message where the first one arrived all the same.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// SMTP is a mail server to hand messages to.
type SMTP struct {
	Host     string              // GOTRUE_SMTP_HOST
	Port     int                 // GOTRUE_SMTP_PORT; 465 speaks TLS from the start, others when the server offers it
	User     string              // GOTRUE_SMTP_USER; "" for none
	Password string              // GOTRUE_SMTP_PASS
	From     string              // GOTRUE_SMTP_ADMIN_EMAIL
	Name     string              // GOTRUE_SMTP_SENDER_NAME; "" for From
	Headers  map[string][]string // GOTRUE_SMTP_HEADERS: what every message has besides
}

const (
	// smtpTimeout bounds one delivery; GoTrue's mailer waits as long.
	smtpTimeout = 10 * time.Second
	// tlsPort is where TLS comes before SMTP (RFC 8314, 3.3).
	tlsPort = 465
)

// Send delivers one message. With a user's name it insists on TLS, so that the password does not travel in the open, unless
// the server is on this machine.
func (s SMTP) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(s.Host, s.options()...)
	if err != nil {
		return fmt.Errorf("reading the settings of the mail server: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("handing a message to %s: %w", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), err)
	}
	return nil
}

func (s SMTP) options() []mail.Option {
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(smtpTimeout), mail.WithTLSPolicy(s.tls())}
	if s.Port == tlsPort {
		options = append(options, mail.WithSSL())
	}
	if s.User != "" {
		mechanism := mail.SMTPAuthAutoDiscover
		if s.local() {
			mechanism = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(mechanism), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	return options
}

func (s SMTP) tls() mail.TLSPolicy {
	if s.User != "" && !s.local() {
		return mail.TLSMandatory
	}
	return mail.TLSOpportunistic
}

// local reports whether the server is on this machine.
func (s SMTP) local() bool {
	ip := net.ParseIP(s.Host)
	return s.Host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s SMTP) compose(m Message) (*mail.Msg, error) {
	msg := mail.NewMsg()
	name := s.Name
	if name == "" {
		name = s.From
	}
	if err := msg.FromFormat(name, s.From); err != nil {
		return nil, fmt.Errorf("GOTRUE_SMTP_ADMIN_EMAIL: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("reading the address of a message: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	for name, values := range s.Headers {
		msg.SetGenHeader(mail.Header(name), values...)
	}
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return msg, nil
}
