package flow

import (
	"github.com/pergola-dev/pergola/core/auth/oauth"
	"github.com/pergola-dev/pergola/core/auth/store"
)

// Whose says in words what whose decides.
func Whose(p oauth.Person, c store.Candidates) string {
	switch b := whose(p, c).(type) {
	case theirs:
		return "theirs: " + b.user.ID
	case alike:
		return "alike: " + b.user.ID
	case newcomer:
		if b.taken {
			return "a newcomer whose address is taken"
		}
		return "a newcomer"
	case several:
		return "several"
	}
	return ""
}
