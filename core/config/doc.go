// Package config turns the environment into a Config, and reports everything that is wrong with it at once.
//
// It is the only package that reads the environment. PGRST_* settings keep PostgREST's names and meanings, GOTRUE_* settings
// GoTrue's; what is ours alone is PERGOLA_*; DATABASE_URL and JWT_SECRET mean what people expect. Where two say the same
// thing the specific one wins.
package config
