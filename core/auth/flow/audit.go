package flow

import (
	"encoding/json"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
)

// action is what a line of the audit log says was done, in GoTrue's words (models/audit_log_entry.go).
type action string

// The actions of these flows.
const (
	actionLogin                 action = "login"
	actionLogout                action = "logout"
	actionRefreshed             action = "token_refreshed"
	actionRevoked               action = "token_revoked"
	actionSignedUp              action = "user_signedup"
	actionInvited               action = "user_invited"
	actionDeleted               action = "user_deleted"
	actionInviteAccepted        action = "invite_accepted"
	actionLinked                action = "identity_linked"
	actionUnlinked              action = "identity_unlinked"
	actionRepeatedSignUp        action = "user_repeated_signup"
	actionConfirmationRequested action = "user_confirmation_requested"
	actionModified              action = "user_modified"
	actionPassword              action = "user_updated_password"
	actionReauthenticate        action = "user_reauthenticate_requested"
	actionRecoveryRequested     action = "user_recovery_requested"
	actionFactorEnrolled        action = "factor_in_progress"
	actionFactorRemoved         action = "factor_unenrolled"
	actionFactorChallenged      action = "challenge_created"
	actionFactorVerified        action = "verification_attempted"
	actionFactorDeleted         action = "factor_deleted"
	actionFactorUpdated         action = "factor_updated"
)

// kind is the group that an action belongs to (log_type).
func (a action) kind() string {
	switch a {
	case actionRefreshed, actionRevoked:
		return "token"
	case actionSignedUp, actionInvited, actionDeleted:
		return "team"
	case actionModified, actionPassword, actionReauthenticate, actionRepeatedSignUp, actionConfirmationRequested, actionRecoveryRequested:
		return "user"
	case actionFactorEnrolled, actionFactorRemoved, actionFactorChallenged, actionFactorVerified, actionFactorDeleted, actionFactorUpdated:
		return "factor"
	case actionLinked, actionUnlinked:
		return "user"
	case actionLogin, actionLogout, actionInviteAccepted:
		return "account"
	}
	return ""
}

// line makes the line of the audit log for what a user has done.
func line(a action, u store.User, v Visit, at time.Time, traits map[string]any) store.Entry {
	name := u.Email
	if name == "" && u.Phone != nil {
		name = *u.Phone
	}
	payload := map[string]any{
		"action": a, "actor_id": u.ID, "actor_username": name, "actor_via_sso": u.IsSSO, "log_type": a.kind(),
	}
	if len(traits) > 0 {
		payload["traits"] = traits
	}
	encoded, err := json.Marshal(payload)
	if err != nil {
		panic("flow: a line of the audit log cannot be encoded: " + err.Error()) // texts and booleans always can
	}
	return store.Entry{ID: uuid.New().String(), Payload: encoded, CreatedAt: at, IP: v.IP}
}
