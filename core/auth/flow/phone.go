package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/uuid"
	"github.com/pergola-dev/pergola/core/fault"
)

// PhoneSettings decide about numbers. Numbers are digits alone everywhere in flows; their form has been checked.
type PhoneSettings struct {
	On           bool              // numbers sign up and in (GOTRUE_EXTERNAL_PHONE_ENABLED)
	Autoconfirm  bool              // a number is believed without a message (GOTRUE_SMS_AUTOCONFIRM)
	CodeLength   int               // digits of a code in a message (GOTRUE_SMS_OTP_LENGTH)
	CodeLifetime time.Duration     // of a code in a message (GOTRUE_SMS_OTP_EXP)
	Every        time.Duration     // the least time between two messages to one user (GOTRUE_SMS_MAX_FREQUENCY)
	TestCodes    map[string]string // codes by number, for which no message goes out (GOTRUE_SMS_TEST_OTP)
	TestUntil    time.Time         // when these numbers become like others (GOTRUE_SMS_TEST_OTP_VALID_UNTIL); zero for never
	Texter       Texter            // nil where On is false
}

// Texter sends text messages. A flow calls it when what the message is about has been written, and once.
type Texter interface {
	// SendText sends a code to somebody's phone. The id is the sender's own of the message; "" for none.
	SendText(ctx context.Context, u store.User, t Text) (id string, err error)
}

// Text is a text message to be written.
type Text struct {
	To      string
	Code    string
	Channel string // "sms" or "whatsapp"
}

type phoneStore interface {
	UserByPhone(ctx context.Context, phone, audience string) (store.User, bool, error)
	UserInTurnByPhone(ctx context.Context, phone, audience string, c store.Count) (u store.User, found bool, wait time.Duration, err error)
	NewText(ctx context.Context, t store.Token, before time.Time, e store.Entry) (store.User, bool, error)
	ConfirmPhoneChange(ctx context.Context, c store.PhoneChange) (store.User, bool, error)
}

// testMessage is the id of a message that does not go out (GoTrue, sendPhoneConfirmation).
const testMessage = "test-otp"

// textCode makes the code of a message. For a number of tests it is the one that the settings say.
func (f *Flows) textCode(phone string, now time.Time) string {
	if code, ok := f.testCode(phone, now); ok {
		return code
	}
	return newCode(f.settings.Phone.CodeLength)
}

func (f *Flows) testCode(phone string, now time.Time) (string, bool) {
	until := f.settings.Phone.TestUntil
	if !until.IsZero() && now.After(until) {
		return "", false
	}
	code, ok := f.settings.Phone.TestCodes[phone]
	return code, ok
}

// text sends a message about what is written already. That there were too many, or what a hook says, is told; of another
// failure only that there was one.
func (f *Flows) text(ctx context.Context, u store.User, t Text) (id string, err error) {
	if _, ok := f.testCode(t.To, f.now()); ok {
		return testMessage, nil
	}
	id, err = f.settings.Phone.Texter.SendText(ctx, u, t)
	if err == nil {
		return id, nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return "", err
	}
	return "", textFailed().WithCause(fmt.Errorf("sending a text message: %w", err))
}

// The times between two messages to a number are measured by one timer for all that lets somebody in, as in GoTrue, and by another
// for the change of a number.
const (
	timerText        timer = "text"
	timerPhoneChange timer = "phone_change"
)

// turnByPhone is turn for a number.
func (f *Flows) turnByPhone(ctx context.Context, t timer, phone string) (u store.User, found bool, wait time.Duration, err error) {
	sum := sha256.Sum256([]byte(phone))
	c := store.Count{Bucket: string(t) + " " + hex.EncodeToString(sum[:]), At: f.now(), Window: f.settings.Phone.Every}
	return f.store.UserInTurnByPhone(ctx, phone, f.settings.Audience, c)
}

// TextRequest asks for a code to sign in with.
type TextRequest struct {
	PhoneSignUp      // but the password
	CreateUser  bool // a number that is nobody's gets an account
}

// SendText sends a message that signs in without a password, and gives its id. It is SendCode for a number.
func (f *Flows) SendText(ctx context.Context, r TextRequest, v Visit) (id string, err error) {
	if !f.settings.Phone.On {
		return "", phoneDisabled()
	}
	user, found, wait, err := f.turnByPhone(ctx, timerText, r.Phone)
	switch {
	case err != nil:
		return "", err
	case !found && !r.CreateUser:
		return "", otpDisabled()
	case wait > 0:
		return "", textTooOften(wait)
	case !found:
		return f.sendFirstText(ctx, r, v)
	}
	return f.textIn(ctx, user, r.PhoneSignUp, v)
}

// sendFirstText makes the user first.
func (f *Flows) sendFirstText(ctx context.Context, r TextRequest, v Visit) (id string, err error) {
	if !f.settings.SignUp {
		return "", signUpDisabled()
	}
	made, code, err := f.newPhoneAccount(ctx, r.PhoneSignUp, "", v)
	switch {
	case errors.Is(err, store.ErrTaken): // by another request, which has sent a message
		return "", textTooOften(f.settings.Phone.Every)
	case err != nil:
		return "", err
	case f.settings.Phone.Autoconfirm:
		return f.textIn(ctx, made, r.PhoneSignUp, v)
	}
	return f.text(ctx, made, Text{To: r.Phone, Code: code, Channel: r.Channel})
}

// textIn sends a user a message that lets them in. Nothing happens to one who got one too short a time ago, or whom there is not.
func (f *Flows) textIn(ctx context.Context, u store.User, r PhoneSignUp, v Visit) (id string, err error) {
	now := f.now()
	t := ticket{To: r.Phone, Code: f.textCode(r.Phone, now)}
	act := actionRecoveryRequested
	if u.PhoneConfirmedAt == nil {
		act = actionConfirmationRequested
	}
	entry := line(act, u, v, now, map[string]any{"provider": store.ByPhone, "channel": r.Channel})
	user, due, err := f.store.NewText(ctx, t.token(tokenConfirmation, u.ID, now), now.Add(-f.settings.Phone.Every), entry)
	if err != nil || !due {
		return "", err
	}
	return f.text(ctx, user, Text{To: r.Phone, Code: t.Code, Channel: r.Channel})
}

// ResendText sends the message that confirms the number of a new account once more, and gives its id. Nobody is told whether there
// is one that waits for it, but by the id; a second message within PhoneSettings.Every is refused to everybody alike.
func (f *Flows) ResendText(ctx context.Context, phone string, v Visit) (id string, err error) {
	if !f.settings.Phone.On {
		return "", phoneLoginsDisabled()
	}
	user, found, wait, err := f.turnByPhone(ctx, timerText, phone)
	switch {
	case err != nil:
		return "", err
	case wait > 0:
		return "", textTooOften(wait)
	case !found || user.PhoneConfirmedAt != nil:
		user = store.User{ID: uuid.New().String()}
	}
	return f.textIn(ctx, user, PhoneSignUp{Phone: phone, Channel: channelSMS}, v)
}

// channelSMS is the channel of a message of which nothing is said.
const channelSMS = "sms"

// VerifyPhone signs in whoever has got the message, and counts the number as confirmed. It is Verify for the purpose "sms".
func (f *Flows) VerifyPhone(ctx context.Context, phone, code string, v Visit) (Signed, error) {
	token, user, err := f.presentedText(ctx, phone, code, tokenConfirmation)
	if err != nil {
		return Signed{}, err
	}
	now := f.now()
	n := newSession(user, how{"otp", store.ByPhone}, v, now)
	act := actionLogin
	if user.PhoneConfirmedAt == nil {
		act = actionSignedUp
	}
	n.Entry = line(act, user, v, now, map[string]any{"provider": store.ByPhone})
	session, user, ok, err := f.store.Redeem(ctx, token, n)
	switch {
	case err != nil:
		return Signed{}, err
	case !ok: // somebody else was faster
		return Signed{}, codeExpired()
	}
	return f.sign(ctx, session, user, now)
}

// presentedText finds the token of a code that went to a number, and its user, who may come in. A wrong guess counts against the
// number. The hash does not part number and code, so that the token must have gone to the number; and that must still be the user's,
// or the one that they wait for.
func (f *Flows) presentedText(ctx context.Context, phone, code, kind string) (store.Token, store.User, error) {
	if !f.settings.Phone.On {
		return store.Token{}, store.User{}, phoneLoginsDisabled()
	}
	token, user, found, err := f.store.TokenOfCode(ctx, tokenHash(phone, code), []string{kind}, f.settings.Audience)
	if err != nil {
		return store.Token{}, store.User{}, err
	}
	now, lifetime := f.now(), f.settings.Phone.CodeLifetime
	theirs := number(user) == phone && kind == tokenConfirmation || user.PhoneChange == phone && kind == store.PhoneChangeToken
	switch {
	case !found || !theirs || token.RelatesTo != phone || now.After(token.CreatedAt.Add(lifetime)):
		if _, err := f.store.Fail(ctx, phone, []string{kind}, now.Add(lifetime), mostGuesses); err != nil {
			return store.Token{}, store.User{}, err
		}
		return store.Token{}, store.User{}, codeExpired()
	case isBanned(user, now):
		return store.Token{}, store.User{}, bannedCaller()
	}
	return token, user, nil
}

// number is a user's; "" for none.
func number(u store.User) string {
	if u.Phone == nil {
		return ""
	}
	return *u.Phone
}

// wentByText reports a token that shows whose a number is, and nothing about an address: the codes of both have one kind, and who
// gets a code can make its hash.
func wentByText(t store.Token, u store.User) bool { return u.Phone != nil && t.RelatesTo == *u.Phone }
