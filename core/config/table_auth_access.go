package config

import "time"

func passwordTable() []setting {
	return []setting{
		{
			name: "GOTRUE_PASSWORD_MIN_LENGTH", defaults: same("6"), value: minLength(),
			doc: "The least length of a new password in bytes, at least 6.",
		},
		{
			name: "GOTRUE_PASSWORD_REQUIRED_CHARACTERS", value: text(func(c *Config) *string { return &c.Auth.Passwords.Required }),
			doc: "Sets of characters, separated by colons (`\\:` is a colon): a new password has one of each.",
		},
		{
			name: "GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Security.Reauthentication }),
			doc:   "A password is changed within a day of the sign-in, or with a code in a mail.",
		},
		{
			name: "GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Security.CurrentPassword }),
			doc:   "Whoever changes the password gives the old one.",
		},
	}
}

// minLength takes what is less than 6 for 6, as GoTrue does. More than 72 bytes no password can have.
func minLength() value {
	v := integer(func(c *Config) *int { return &c.Auth.Passwords.MinLength }, 0, 72)
	set := v.set
	v.set = func(c *Config, s string) error {
		err := set(c, s)
		c.Auth.Passwords.MinLength = max(c.Auth.Passwords.MinLength, 6)
		return err
	}
	return v
}

func sessionTable() []setting {
	return []setting{
		{
			name: "GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED", defaults: same("true"),
			value: flag(func(c *Config) *bool { return &c.Auth.Refresh.Rotation }),
			doc:   "A used refresh token that comes again ends the session.",
		},
		{
			// GoTrue's own default is 0, which signs people out who lose an answer; its hosted service has 10.
			name: "GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL", defaults: same("10"),
			value: countedSeconds(func(c *Config) *time.Duration { return &c.Auth.Refresh.ReuseInterval }, 0, 0),
			doc:   "Seconds after a refresh in which the used token is still answered.",
		},
		{
			name: "GOTRUE_SECURITY_REFRESH_TOKEN_ALLOW_REUSE", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Refresh.AllowReuse }),
			doc:   "Used refresh tokens are answered for ever.",
		},
		{
			name: "GOTRUE_SESSIONS_TIMEBOX", value: span(func(c *Config) *time.Duration { return &c.Auth.Sessions.Timebox }, 0, 0),
			doc: "The time after which a session ends, such as `24h`. Unset: it does not.",
		},
		{
			name: "GOTRUE_SESSIONS_INACTIVITY_TIMEOUT", value: span(func(c *Config) *time.Duration { return &c.Auth.Sessions.Inactivity }, 0, 0),
			doc: "The time without a refresh after which a session ends.",
		},
		{
			name: "GOTRUE_SESSIONS_ALLOW_LOW_AAL", value: span(func(c *Config) *time.Duration { return &c.Auth.Sessions.AllowLowAAL }, 0, 0),
			doc: "The time after which a session ends whose user has a second factor and has not shown it.",
		},
		{
			name: "GOTRUE_SESSIONS_SINGLE_PER_USER", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Sessions.SinglePerUser }),
			doc:   "Of a user's sessions only the latest goes on.",
		},
		{
			name: "GOTRUE_SESSIONS_TAGS", value: words(func(c *Config) *[]string { return &c.Auth.Sessions.Tags }),
			doc: "With that: one session of each tag.",
		},
		{
			name: "GOTRUE_SECURITY_MANUAL_LINKING_ENABLED", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Security.ManualLinking }),
			doc:   "Users link identities themselves.",
		},
		{
			name: "PERGOLA_AUTH_REFUSE_PLAIN_PKCE", ours: true, defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Security.RefusePlainPKCE }),
			doc:   "Sign-ins with the PKCE method `plain` are refused. supabase-js uses `s256` wherever it can.",
		},
	}
}

func rateTable() []setting {
	limit := func(name, deflt string, per time.Duration, field func(*RateLimits) *Rate, doc string) setting {
		return setting{name: name, defaults: same(deflt), value: rate(func(c *Config) *Rate { return field(&c.Auth.RateLimits) }, per), doc: doc}
	}
	const often = 5 * time.Minute // the window of GoTrue's limits per address
	return []setting{
		{
			name: "GOTRUE_RATE_LIMIT_HEADER", value: text(func(c *Config) *string { return &c.Auth.RateLimits.Header }),
			doc: "The header in which a proxy of yours tells the caller's address: of several addresses, the last. Unset: the address counts that API Gateway tells, and elsewhere " +
				"there is no limit per address.",
		},
		{
			name: "GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED", defaults: same("false"),
			value: flag(func(c *Config) *bool { return &c.Auth.Security.ForwardedFor }),
			doc:   "`Sb-Forwarded-For` is that header.",
		},
		limit("GOTRUE_RATE_LIMIT_EMAIL_SENT", "30", time.Hour, func(r *RateLimits) *Rate { return &r.EmailSent },
			"Mails in an hour, all together; `n/duration` in another time."),
		limit("GOTRUE_RATE_LIMIT_SMS_SENT", "30", time.Hour, func(r *RateLimits) *Rate { return &r.SMSSent },
			"Text messages in an hour, all together."),
		limit("GOTRUE_RATE_LIMIT_VERIFY", "30", often, func(r *RateLimits) *Rate { return &r.Verify },
			"Tried links and codes of one address in 5 minutes."),
		limit("GOTRUE_RATE_LIMIT_TOKEN_REFRESH", "150", often, func(r *RateLimits) *Rate { return &r.Token },
			"Requests for tokens of one address in 5 minutes."),
		limit("GOTRUE_RATE_LIMIT_OTP", "30", often, func(r *RateLimits) *Rate { return &r.OTP },
			"Requests of one address in 5 minutes that send a mail or a message."),
		limit("GOTRUE_RATE_LIMIT_ANONYMOUS_USERS", "30", time.Hour, func(r *RateLimits) *Rate { return &r.Anonymous },
			"Anonymous users of one address in an hour."),
		limit("GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY", "15", time.Minute, func(r *RateLimits) *Rate { return &r.FactorTest },
			"Trials of second factors of one address in a minute."),
	}
}

func factorTable() []setting {
	const shortest = 5 * time.Minute // GoTrue's least, for both
	return []setting{
		{
			name: "GOTRUE_MFA_TOTP_ENROLL_ENABLED", defaults: same("true"), value: flag(func(c *Config) *bool { return &c.Auth.MFA.EnrollTOTP }),
			doc: "Users add authenticator applications.",
		},
		{
			name: "GOTRUE_MFA_TOTP_VERIFY_ENABLED", defaults: same("true"), value: flag(func(c *Config) *bool { return &c.Auth.MFA.VerifyTOTP }),
			doc: "They show who they are with them.",
		},
		{
			name: "GOTRUE_MFA_MAX_ENROLLED_FACTORS", defaults: same("10"), value: integer(func(c *Config) *int { return &c.Auth.MFA.MaxEnrolled }, 0, 1000),
			doc: "Second factors of one user at most.",
		},
		{
			name: "GOTRUE_MFA_MAX_VERIFIED_FACTORS", defaults: same("10"), value: integer(func(c *Config) *int { return &c.Auth.MFA.MaxVerified }, 0, 1000),
			doc: "Those among them that have been verified.",
		},
		{
			name: "GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION", defaults: same("300"),
			value: countedSeconds(func(c *Config) *time.Duration { return &c.Auth.MFA.ChallengeLifetime }, shortest, shortest),
			doc:   "Seconds that a challenge is valid, at least 300.",
		},
		{
			name: "GOTRUE_MFA_FACTOR_EXPIRY_DURATION", defaults: same("5m0s"),
			value: span(func(c *Config) *time.Duration { return &c.Auth.MFA.FactorLifetime }, shortest, shortest),
			doc:   "The time after which a factor that was never verified makes way, at least 5m.",
		},
	}
}
