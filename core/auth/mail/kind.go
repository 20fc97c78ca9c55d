package mail

// Kind is what a message is for. Its text is the word in the names of the settings GOTRUE_MAILER_SUBJECTS_* and
// GOTRUE_MAILER_TEMPLATES_*.
type Kind string

// The kinds of messages.
const (
	Confirmation     Kind = "CONFIRMATION"     // confirm the address of a new account
	Invite           Kind = "INVITE"           // somebody was invited
	Recovery         Kind = "RECOVERY"         // set a new password
	MagicLink        Kind = "MAGIC_LINK"       // sign in without a password
	EmailChange      Kind = "EMAIL_CHANGE"     // confirm a new address, or that an address is left
	Reauthentication Kind = "REAUTHENTICATION" // show who you are once more
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Confirmation, Invite, Recovery, MagicLink, EmailChange, Reauthentication}
}

// subjects are GoTrue's own (internal/mailer/templatemailer).
var subjects = map[Kind]string{
	Confirmation: "Confirm Your Email", Invite: "You have been invited", Recovery: "Reset Your Password",
	MagicLink: "Your Magic Link", EmailChange: "Confirm Email Change", Reauthentication: "Confirm reauthentication",
}

// file is the name of the built-in template.
func (k Kind) file() string {
	return map[Kind]string{
		Confirmation: "confirmation", Invite: "invite", Recovery: "recovery",
		MagicLink: "magic_link", EmailChange: "email_change", Reauthentication: "reauthentication",
	}[k] + ".html"
}

// Variables are what a template may name. Names and meaning are GoTrue's.
type Variables struct {
	SiteURL         string
	ConfirmationURL string // the link that does what the message is for; "" where there is none
	Token           string // the code to type in
	TokenHash       string // of the link, for templates that lead to the application's own page
	Email           string // the user's address
	NewEmail        string // the address that it is changed to
	SendingTo       string // the one of both that this message goes to
	RedirectTo      string
	Data            map[string]any // the user's metadata
}

// Message is one mail.
type Message struct {
	To      string
	Subject string
	HTML    string
	Text    string   // the same for those who do not show HTML
	Links   []string // the addresses in it
	Code    string   // the code to type in; "" for none
}
