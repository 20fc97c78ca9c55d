package lambda_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer takes mail from who knows its password, as the mail servers of the world do.
type mailServer struct {
	port     int
	user     string
	password string
	letters  chan letter
}

// letter is a mail as it arrived.
type letter struct {
	to     string // of the envelope
	header mail.Header
	text   string // its part in plain text
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailServer{
		port: l.Addr().(*net.TCPAddr).Port, user: "pergola", password: "the-password-of-the-mail-server", letters: make(chan letter, 16),
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: m}, nil }))
	s.AllowInsecureAuth = true // it is on this machine
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

// next is the letter that came first of those that nobody has read.
func (m *mailServer) next(t *testing.T) letter {
	t.Helper()
	select {
	case l := <-m.letters:
		return l
	case <-time.After(10 * time.Second):
		t.Fatal("no mail came")
		return letter{}
	}
}

// link gives the address of the letter's link.
func (l letter) link() string { return regexp.MustCompile(`https?://[^\s)]+`).FindString(l.text) }

// mailSession is one conversation.
type mailSession struct {
	server *mailServer
	known  bool
	to     string
}

var errStranger = &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}

// AuthMechanisms lists how a client may say who it is.
func (*mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth checks the name and the password.
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.known = user == s.server.user && password == s.server.password
		if !s.known {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}

// Mail begins a letter.
func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return errStranger
	}
	return nil
}

// Rcpt says where it goes.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

// Data takes it.
func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	text, err := plainText(m)
	s.server.letters <- letter{s.to, m.Header, text}
	return err
}

// Reset forgets the letter.
func (s *mailSession) Reset() { s.to = "" }

// Logout ends the conversation.
func (*mailSession) Logout() error { return nil }

// plainText is the first part of a mail in several forms.
func plainText(m *mail.Message) (string, error) {
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(part)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// variables are those of a function that sends its mail by the server; password is its password or a reference to it.
func (m *mailServer) variables(password string) []string {
	return []string{
		"GOTRUE_SMTP_HOST=127.0.0.1", "GOTRUE_SMTP_PORT=" + strconv.Itoa(m.port), "GOTRUE_SMTP_USER=" + m.user, "GOTRUE_SMTP_PASS=" + password,
		"GOTRUE_SMTP_ADMIN_EMAIL=no-reply@example.com",
	}
}
