// Package cognito keeps passwords in a user pool of Amazon Cognito, in the place of the table auth.users. It fills in
// flow.Credentials, and answers in GoTrue's faults; sessions, tokens and everything else that is known of users stay ours.
//
// A user's id is the pool's "sub". The pool has to take addresses for names (UsernameAttributes), and its client the flow
// ALLOW_ADMIN_USER_PASSWORD_AUTH. The tokens that the pool gives are read once and thrown away: no client ever sees them.
package cognito
