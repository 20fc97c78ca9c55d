// Package ses sends the messages of core/auth/mail through Amazon SES. It is one of the senders that app chooses from, beside
// SMTP and the inbox of dev.
package ses
