package wire

import (
	"regexp"
	"strings"
)

// maxEmail is how many bytes an address may have, as many as its column.
const maxEmail = 255

// emailForm is the form of an address in HTML ("valid e-mail address"), which GoTrue demands. It is narrower than RFC 5322 in
// that it has neither quotes nor comments nor a name beside the address, and wider in that it lets dots stand anywhere.
var emailForm = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+" +
	`@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)

// Email checks an e-mail address and gives it in lower case, as it is stored and compared. The fault is validation_failed,
// with GoTrue's texts.
//
// An address is of ASCII characters alone. So there are no Unicode forms to tell apart, no letters that only look alike, and
// none that become ASCII in lower case, such as the Kelvin sign: each account has one spelling. Spaces around an address make
// it invalid; they are not taken away.
func Email(text string) (string, error) {
	switch {
	case text == "":
		return "", invalid("An email address is required")
	case len(text) > maxEmail:
		return "", invalid("An email address is too long")
	case !emailForm.MatchString(text):
		return "", invalid("Unable to validate email address: invalid format")
	}
	return strings.ToLower(text), nil
}

// phoneForm is a number of E.164 without its plus.
var phoneForm = regexp.MustCompile(`^[1-9][0-9]{1,14}$`)

// Phone checks a phone number and gives it as it is stored: digits alone, without the plus in front and the spaces that it
// may be written with. The fault is validation_failed, with GoTrue's text.
func Phone(text string) (string, error) {
	number := strings.ReplaceAll(strings.TrimPrefix(text, "+"), " ", "")
	if !phoneForm.MatchString(number) {
		return "", invalid("Invalid phone number format (E.164 required)")
	}
	return number, nil
}
