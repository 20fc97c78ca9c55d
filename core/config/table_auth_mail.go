package config

import "time"

func signUpTable() []setting {
	return []setting{
		{
			name: "GOTRUE_EXTERNAL_EMAIL_ENABLED", defaults: same("true"), value: flag(func(c *Config) *bool { return &c.Auth.SignUp.Email }),
			doc: "Users sign up and in by mail address.",
		},
		{
			name: "GOTRUE_EXTERNAL_EMAIL_MAGIC_LINK_ENABLED", defaults: same("true"),
			value: flag(func(c *Config) *bool { return &c.Auth.SignUp.MagicLink }),
			doc:   "They may do so without a password, with a link or a code in a mail.",
		},
		{
			name: "GOTRUE_EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES", value: words(func(c *Config) *[]string { return &c.Auth.SignUp.Addresses }),
			doc: "The only addresses that mail goes to. Unset: all.",
		},
		{
			name: "GOTRUE_EXTERNAL_PHONE_ENABLED", defaults: same("false"), value: flag(func(c *Config) *bool { return &c.Auth.SignUp.Phone }),
			doc: "Users sign up and in by phone number.",
		},
		{
			name: "GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.SignUp.Anonymous }),
			doc:   "Users sign up without saying who they are.",
		},
	}
}

func mailerTable() []setting {
	return []setting{
		{
			name: "GOTRUE_MAILER_AUTOCONFIRM", defaults: same("false"), value: flag(func(c *Config) *bool { return &c.Auth.Mailer.Autoconfirm }),
			doc: "Mail addresses are believed without a mail. `pergola dev` does so unless this is `false`.",
		},
		{
			name: "GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Mailer.AllowUnconfirmed }),
			doc:   "Who has not confirmed the address may sign in. Not together with `GOTRUE_MAILER_AUTOCONFIRM`.",
		},
		{
			name: "GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED", defaults: same("true"),
			value: flag(func(c *Config) *bool { return &c.Auth.Mailer.ConfirmBothSides }),
			doc:   "A new address is confirmed from the old one too.",
		},
		{
			name: "GOTRUE_MAILER_OTP_EXP", defaults: same("86400"),
			value: countedSeconds(func(c *Config) *time.Duration { return &c.Auth.Mailer.CodeLifetime }, time.Second, 24*time.Hour),
			doc:   "Seconds that a link or a code in a mail is valid. 3600 is safer.",
		},
		{
			name: "GOTRUE_MAILER_OTP_LENGTH", defaults: same("6"), value: codeLength(func(c *Config) *int { return &c.Auth.Mailer.CodeLength }),
			doc: "Digits of a code in a mail, from 6 to 10.",
		},
		{
			name: "GOTRUE_SMTP_MAX_FREQUENCY", defaults: same("1m0s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.Mailer.Every }, 0, time.Minute),
			doc:   "The least time between two mails of a kind to one user; 0 stands for 1m.",
		},
		{
			name: "GOTRUE_MAILER_EXTERNAL_HOSTS", value: words(func(c *Config) *[]string { return &c.Auth.Mailer.ExternalHosts }),
			doc: "Hosts that links may lead to instead of that of `API_EXTERNAL_URL`, when a proxy names one in `X-Forwarded-Host`.",
		},
	}
}

// mailKinds are the kinds of mail: the word that stands for one in settings, and its place.
var mailKinds = []struct {
	word string
	path string // GoTrue's default; "" where it has none
	text func(*Config) *MailText
}{
	{"CONFIRMATION", "/verify", func(c *Config) *MailText { return &c.Auth.Mailer.Confirmation }},
	{"INVITE", "/verify", func(c *Config) *MailText { return &c.Auth.Mailer.Invite }},
	{"RECOVERY", "/verify", func(c *Config) *MailText { return &c.Auth.Mailer.Recovery }},
	{"MAGIC_LINK", "", func(c *Config) *MailText { return &c.Auth.Mailer.MagicLink }},
	{"EMAIL_CHANGE", "/verify", func(c *Config) *MailText { return &c.Auth.Mailer.EmailChange }},
	{"REAUTHENTICATION", "", func(c *Config) *MailText { return &c.Auth.Mailer.Reauthentication }},
}

// mailTextTable has three settings for each kind of mail.
func mailTextTable() []setting {
	var all []setting
	for _, kind := range mailKinds {
		all = append(all,
			setting{
				name: "GOTRUE_MAILER_SUBJECTS_" + kind.word, family: "GOTRUE_MAILER_SUBJECTS_<KIND>", value: text(func(c *Config) *string { return &kind.text(c).Subject }),
				doc: "The subject of a kind of mail: a template.",
			},
			setting{
				name: "GOTRUE_MAILER_TEMPLATES_" + kind.word, family: "GOTRUE_MAILER_TEMPLATES_<KIND>", value: text(func(c *Config) *string { return &kind.text(c).Template }),
				doc: "The mail itself: a template in HTML, or where it is: a file, `https://...` or `s3://...`.",
			})
		if kind.word != "REAUTHENTICATION" { // which has no link
			all = append(all, setting{
				name: "GOTRUE_MAILER_URLPATHS_" + kind.word, family: "GOTRUE_MAILER_URLPATHS_<KIND>", defaults: same(kind.path),
				value: text(func(c *Config) *string { return &kind.text(c).Path }),
				doc:   "Where its link leads: a path below `API_EXTERNAL_URL`, or a whole address. `MAGIC_LINK`: as `RECOVERY`.",
			})
		}
	}
	return all
}

func smtpTable() []setting {
	return []setting{
		{
			name: "GOTRUE_SMTP_HOST", value: text(func(c *Config) *string { return &c.Auth.SMTP.Host }),
			doc: "The server that mail is handed to.",
		},
		{
			name: "GOTRUE_SMTP_PORT", defaults: same("587"), value: integer(func(c *Config) *int { return &c.Auth.SMTP.Port }, 1, 65535),
			doc: "Its port. 465 is encrypted from the start, others when the server offers it.",
		},
		{
			name: "GOTRUE_SMTP_USER", value: text(func(c *Config) *string { return &c.Auth.SMTP.User }),
			doc: "The name that it knows us by.",
		},
		{
			name: "GOTRUE_SMTP_PASS", value: secret(func(c *Config) *Secret { return &c.Auth.SMTP.Password }),
			doc: "Its password for us, or a reference to it.",
		},
		{
			name: "GOTRUE_SMTP_ADMIN_EMAIL", value: mailAddress(func(c *Config) *string { return &c.Auth.SMTP.From }),
			doc: "The address that mail comes from.",
		},
		{
			name: "GOTRUE_SMTP_SENDER_NAME", value: text(func(c *Config) *string { return &c.Auth.SMTP.Name }),
			doc: "The name before that address; with Amazon SES too.",
		},
		{
			name: "GOTRUE_SMTP_HEADERS", value: headers(func(c *Config) *map[string][]string { return &c.Auth.SMTP.Headers }),
			doc: "Header fields of every mail, in JSON: `{\"X-Tag\": [\"a\"]}`.",
		},
		{
			name: "PERGOLA_SES_FROM", ours: true, value: mailAddress(func(c *Config) *string { return &c.Auth.SES.From }),
			doc: "The address that mail comes from, when Amazon SES sends it in place of a server of `GOTRUE_SMTP_HOST`.",
		},
		{
			name: "PERGOLA_SES_REGION", ours: true, value: text(func(c *Config) *string { return &c.Auth.SES.Region }),
			doc: "The region of Amazon SES. Unset: that of `AWS_REGION`.",
		},
		{
			name: "PERGOLA_SES_ENDPOINT", ours: true, value: webAddress(func(c *Config) *string { return &c.Auth.SES.Endpoint }),
			doc: "The address of an emulator.",
		},
	}
}

func smsTable() []setting {
	return []setting{
		{
			name: "GOTRUE_SMS_AUTOCONFIRM", defaults: same("false"), value: flag(func(c *Config) *bool { return &c.Auth.SMS.Autoconfirm }),
			doc: "Phone numbers are believed without a message.",
		},
		{
			name: "GOTRUE_SMS_OTP_EXP", defaults: same("60"),
			value: countedSeconds(func(c *Config) *time.Duration { return &c.Auth.SMS.CodeLifetime }, time.Second, time.Minute),
			doc:   "Seconds that a code in a message is valid.",
		},
		{
			name: "GOTRUE_SMS_OTP_LENGTH", defaults: same("6"), value: codeLength(func(c *Config) *int { return &c.Auth.SMS.CodeLength }),
			doc: "Digits of a code in a message, from 6 to 10.",
		},
		{
			name: "GOTRUE_SMS_MAX_FREQUENCY", defaults: same("1m0s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.SMS.Every }, 0, time.Minute),
			doc:   "The least time between two messages to one user; 0 stands for 1m.",
		},
		{
			name: "GOTRUE_SMS_TEST_OTP", value: testCodes(func(c *Config) *map[string]string { return &c.Auth.SMS.TestCodes }),
			doc: "Phone numbers with a code that is always right, for which no message goes out: `4915112345678:123456`, separated by commas.",
		},
		{
			name: "GOTRUE_SMS_TEST_OTP_VALID_UNTIL", value: moment(func(c *Config) *time.Time { return &c.Auth.SMS.TestUntil }),
			doc: "The moment after which they are like others.",
		},
		{
			name: "GOTRUE_SMS_TEMPLATE", value: text(func(c *Config) *string { return &c.Auth.SMS.Template }),
			doc: "What a message says, for the inbox of `pergola dev`; a hook writes its own. Unset: `Your code is {{ .Code }}`.",
		},
	}
}
