// Package hooks asks an application's own server in the course of a flow, in GoTrue's payloads: may this user be made, what
// does the access token say, please send these letters.
//
// It stands between flow, which declares what may be asked (flow.Hooks, flow.Post), and webhook, which carries it. A hook that
// is not set is not asked.
package hooks
