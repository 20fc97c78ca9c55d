package webhook

import "time"

// Public and OnlyPublic let the tests try addresses to which nothing may be sent.
var (
	Public     = public
	OnlyPublic = onlyPublic
)

// Signatures signs as a hook with that setting does.
func Signatures(setting, id string, at time.Time, body []byte) (string, error) {
	secrets, err := parseSecrets(setting)
	return signatures(secrets, id, at, body), err
}
