package mail

import (
	"embed"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"
)

//go:embed templates/*.html
var builtIn embed.FS

// Templates make messages. They are immutable.
type Templates struct {
	subject map[Kind]*text.Template
	body    map[Kind]*html.Template
}

// Texts are the templates of one kind of message; an empty one is built in.
type Texts struct{ Subject, Body string }

// ParseTemplates reads the templates that differ from those built in, and tries all of them. The error names the setting
// whose template is broken, and the place.
func ParseTemplates(own map[Kind]Texts) (*Templates, error) {
	t := &Templates{subject: map[Kind]*text.Template{}, body: map[Kind]*html.Template{}}
	for _, k := range Kinds() {
		if err := t.parse(k, own[k]); err != nil {
			return nil, err
		}
		if _, err := t.Render(k, sample()); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Templates) parse(k Kind, own Texts) (err error) {
	if own.Subject == "" {
		own.Subject = subjects[k]
	}
	if own.Body == "" {
		body, err := builtIn.ReadFile("templates/" + k.file())
		if err != nil {
			return fmt.Errorf("reading the built-in template: %w", err)
		}
		own.Body = string(body)
	}
	// A variable that the metadata lacks is empty, as in GoTrue; one that no message has is an error.
	if t.subject[k], err = text.New("subject").Option("missingkey=default").Parse(own.Subject); err != nil {
		return fmt.Errorf("GOTRUE_MAILER_SUBJECTS_%s: %w", k, err)
	}
	if t.body[k], err = html.New("template").Option("missingkey=default").Parse(own.Body); err != nil {
		return fmt.Errorf("GOTRUE_MAILER_TEMPLATES_%s: %w", k, err)
	}
	return nil
}

// sample has a value for every variable.
func sample() Variables {
	return Variables{
		SiteURL: "https://example.org", ConfirmationURL: "https://example.org/verify", Token: "123456", TokenHash: "0a1b",
		Email: "a@example.org", NewEmail: "b@example.org", SendingTo: "b@example.org", RedirectTo: "https://example.org/welcome",
		Data: map[string]any{},
	}
}

// Render makes the message of a kind; to whom it goes is left open. A subject is one line.
func (t *Templates) Render(k Kind, v Variables) (Message, error) {
	var subject, body strings.Builder
	if err := t.subject[k].Execute(&subject, v); err != nil {
		return Message{}, fmt.Errorf("GOTRUE_MAILER_SUBJECTS_%s: %w", k, err)
	}
	if err := t.body[k].Execute(&body, v); err != nil {
		return Message{}, fmt.Errorf("GOTRUE_MAILER_TEMPLATES_%s: %w", k, err)
	}
	plain, links := plainText(body.String())
	return Message{
		Subject: strings.Join(strings.Fields(subject.String()), " "), HTML: body.String(), Text: plain, Links: links, Code: v.Token,
	}, nil
}
