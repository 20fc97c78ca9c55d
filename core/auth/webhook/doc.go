// Package webhook asks an application's own HTTP server during an Auth flow: may this user be created, which claims does
// the token get, please send this mail.
//
// It stands beside Auth's flows, which say what is asked and what the answer means; a Hook sends the one and reads the
// other. Requests are signed as Standard Webhooks (version 1.0.0, symmetric), and limits, tries, codes and texts are
// GoTrue's, so that a hook written for it works unchanged. A hook that fails, fails the flow: nothing is let through
// because nobody answered.
//
// A hook's address is a setting, and the settings of one who may not look into our network may come from outside. So a
// connection is only made to public addresses, whatever a name resolves to at that moment, and no redirect is followed.
package webhook
