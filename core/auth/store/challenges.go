package store

import (
	"context"
	"strconv"
	"time"
)

// Challenge is a row of auth.mfa_challenges: a factor was asked to show itself.
type Challenge struct {
	ID        string    `json:"id"`
	FactorID  string    `json:"factor_id"`
	CreatedAt time.Time `json:"created_at"`
	IP        string    `json:"ip_address"` // of who asked; Nowhere where it is not known
}

// Nowhere stands for an address that is not known, in a column that has to have one.
const Nowhere = "0.0.0.0"

const challengeSQL = `
with challenged as (
    update auth.mfa_factors as f
       set last_challenged_at = r.created_at
      from json_populate_record(null::auth.mfa_challenges, $1::json) as r
     where f.id = r.factor_id
       and f.user_id = $2::uuid
    returning f.id
), new_challenge as (
    insert into auth.mfa_challenges (id, factor_id, created_at, ip_address)
    select r.id, r.factor_id, r.created_at, r.ip_address
      from json_populate_record(null::auth.mfa_challenges, $1::json) as r
      join challenged as f on f.id = r.factor_id
    returning *
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $3::json) as r
      join new_challenge as c on true
     where r.id is not null
)
select row_to_json(c)
  from new_challenge as c`

// Challenge writes a challenge of a factor of the user; false when there is no such factor. The error is ErrTaken where any
// other factor was challenged at the very same time: GoTrue's table has each time once.
func (s *Store) Challenge(ctx context.Context, c Challenge, user string, e Entry) (bool, error) {
	var made Challenge
	return s.ask(ctx, &made, false, challengeSQL, record(c), text(user), s.entry(e))
}

// Guess is one try at the code that a challenge asks for.
type Guess struct {
	Challenge, Factor, User string

	IP     string    // of who tries; "" where it is not known
	At     time.Time // now
	Oldest time.Time // challenges made earlier have expired

	Free    int           // how many tries in a row there are until the factor is locked
	Pause   time.Duration // how long it is locked then; each further try doubles it
	Longest time.Duration // which no lock goes beyond
	Forget  time.Duration // a last try longer ago than this counts as none
}

// Guessed is what came of it.
type Guessed struct {
	Taken       bool       `json:"taken"`     // the try is counted: the code may be looked at
	Used        bool       `json:"used"`      // the challenge was met before
	Elsewhere   bool       `json:"elsewhere"` // the challenge was asked for by another address
	Expired     bool       `json:"expired"`
	LastStep    int64      `json:"last_step"`    // of the code that was used last; for Taken alone
	LockedUntil *time.Time `json:"locked_until"` // before the try; nil for never
}

// guessSQL counts a try before its code is compared: of many at the same time none is compared that is not counted.
const guessSQL = `
with asked as (
    select c.factor_id, c.verified_at is not null as used, c.created_at < r.created_at as expired,
           r.ip_address is not null and c.ip_address not in (r.ip_address, nowhere.ip_address) as elsewhere
      from json_populate_record(null::auth.mfa_challenges, $1::json) as r
      join json_populate_record(null::auth.mfa_challenges, '{"ip_address": "` + Nowhere + `"}') as nowhere on true
      join auth.mfa_challenges as c on c.id = r.id and c.factor_id = r.factor_id
      join auth.mfa_factors as f on f.id = c.factor_id
     where f.user_id = $2::uuid
), taken as (
    insert into auth_internal.factor_guards as g (factor_id, failures, updated_at)
    select a.factor_id, 1, $3::timestamptz
      from asked as a
     where not (a.used or a.expired or a.elsewhere)
        on conflict (factor_id) do update
       set failures = ` + tries + `,
           locked_until = case
               when ` + tries + ` >= $4::integer
               then excluded.updated_at + least($5::interval * power(2, least(` + tries + ` - $4::integer, 30)), $6::interval) end,
           updated_at = excluded.updated_at
     where g.locked_until is null or g.locked_until <= excluded.updated_at
    returning g.last_step
)
select json_build_object(
           'taken', t.last_step is not null, 'last_step', t.last_step, 'used', a.used, 'expired', a.expired, 'elsewhere', a.elsewhere,
           'locked_until', (select g.locked_until from auth_internal.factor_guards as g where g.factor_id = a.factor_id))
  from asked as a
  left join taken as t on true`

// tries is how many there have been in a row with this one.
const tries = `case when g.updated_at < excluded.updated_at - $7::interval then 1 else g.failures + 1 end`

// Guess counts a try, unless the factor is locked or the challenge cannot be met any more; false when the user has no such
// challenge. Meet forgets what was counted.
func (s *Store) Guess(ctx context.Context, g Guess) (Guessed, bool, error) {
	asked := record(struct {
		ID       string    `json:"id"`
		FactorID string    `json:"factor_id"`
		Oldest   time.Time `json:"created_at"`
		IP       string    `json:"ip_address,omitempty"`
	}{g.Challenge, g.Factor, g.Oldest, g.IP})
	var got Guessed
	found, err := s.ask(ctx, &got, false, guessSQL, asked, text(g.User), moment(g.At),
		text(strconv.Itoa(g.Free)), interval(g.Pause), interval(g.Longest), interval(g.Forget))
	return got, found, err
}

// interval is an argument that is a length of time.
func interval(d time.Duration) []byte {
	return text(strconv.FormatFloat(d.Seconds(), 'f', 6, 64) + " seconds")
}

// Met is what is written when a challenge is met.
type Met struct {
	Challenge, Factor, User, Session string

	At     time.Time // now
	Oldest time.Time // challenges made earlier have expired
	Step   int64     // of the code; the last one used must be earlier
	Key    string    // with which the session's tokens are signed from now on
	Method Method    // by which the user has shown who they are
	Entry  Entry
}

// meetSQL spends the challenge, then the step, and then raises the session. Of two that bring one code, by whichever
// challenges, the later one finds the step used, and leaves no more than a spent challenge behind. An unverified factor is
// verified by a session of the level aal2 if there is a verified one: who knows no more than the password may have enrolled
// it. The new key makes the session's earlier refresh tokens, which the level aal1 was enough for, worthless, and GoTrue's
// rows go; counting on by two alone, as GoTrue does, would leave an interval in which they are answered. The count is what a
// refresh that has read the session before finds changed when it writes.
const meetSQL = `
with spent as (
    update auth.mfa_challenges as c
       set verified_at = r.updated_at
      from json_populate_record(null::auth.sessions, $1::json) as r
      join auth.users as u on u.id = r.user_id
      join auth.sessions as s on s.id = r.id and s.user_id = r.user_id
      join auth.mfa_factors as f on f.id = r.factor_id and f.user_id = r.user_id
     where c.id = $2::uuid
       and c.factor_id = f.id
       and c.verified_at is null
       and c.created_at >= $3::timestamptz
       and u.deleted_at is null
       and (u.banned_until is null or u.banned_until <= r.updated_at)
       and (f.status = 'verified' or s.aal = 'aal2' or not exists (
           select 1 from auth.mfa_factors as o where o.user_id = r.user_id and o.status = 'verified'))
    returning c.factor_id
), stepped as (
    insert into auth_internal.factor_guards as g (factor_id, last_step, updated_at)
    select c.factor_id, $4::bigint, r.updated_at
      from json_populate_record(null::auth.sessions, $1::json) as r
      join spent as c on c.factor_id = r.factor_id
        on conflict (factor_id) do update
       set last_step = excluded.last_step, failures = 0, locked_until = null, updated_at = excluded.updated_at
     where g.last_step < excluded.last_step
    returning g.factor_id
), raised as (
    update auth.sessions as s
       set aal = 'aal2', factor_id = r.factor_id, refresh_token_hmac_key = r.refresh_token_hmac_key,
           refresh_token_counter = coalesce(s.refresh_token_counter, 0) + 2, updated_at = r.updated_at
      from json_populate_record(null::auth.sessions, $1::json) as r
      join stepped as g on g.factor_id = r.factor_id
     where s.id = r.id
       and s.user_id = r.user_id
    returning s.*
), verified as (
    update auth.mfa_factors as f
       set status = 'verified', updated_at = case when f.status = 'verified' then f.updated_at else s.updated_at end
      from raised as s
     where f.id = s.factor_id
    returning f.*
), superseded as (
    delete from auth.mfa_factors as f
     using verified as v
     where f.user_id = v.user_id
       and f.id <> v.id
       and f.factor_type = v.factor_type
       and f.status = 'unverified'
    returning f.id
), forgotten_guards as (
    delete from auth_internal.factor_guards as g
     using superseded as f
     where g.factor_id = f.id
), ended as (
    delete from auth.sessions as o
     using raised as s
     where o.user_id = s.user_id
       and o.id <> s.id
       and coalesce(o.aal::text, 'aal1') < 'aal2'
), rows_ended as (
    delete from auth.refresh_tokens as t
     using raised as s
     where t.session_id = s.id
), new_method as (
    insert into auth.mfa_amr_claims as m (id, session_id, created_at, updated_at, authentication_method)
    select r.id, s.id, r.created_at, r.created_at, r.authentication_method
      from json_populate_record(null::auth.mfa_amr_claims, $5::json) as r
      join raised as s on true
        on conflict (session_id, authentication_method) do update
       set updated_at = excluded.updated_at
    returning m.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $6::json) as r
      join raised as s on true
     where r.id is not null
)
select json_build_object(
           'session', row_to_json(s),
           'methods', (
               select json_agg(m order by m.updated_at desc, m.id)
                 from (select * from new_method
                        union all
                       select * from auth.mfa_amr_claims where session_id = s.id and id not in (select id from new_method)) as m),
           'user', row_to_json(u),
           ` + identitiesOf + `,
           'factors', (
               select json_agg(coalesce(row_to_json(v), row_to_json(f)) order by f.created_at, f.id)
                 from auth.mfa_factors as f
                 left join verified as v on v.id = f.id
                where f.user_id = u.id
                  and f.id not in (select id from superseded)))
  from raised as s
  join auth.users as u on u.id = s.user_id`

// Meet spends a challenge and the step of the code that met it, verifies the factor, raises the session to the level aal2 and
// ends the user's others of a lower one, and gives the session and the user as they are then. It is false when the challenge
// or the step was used by then, or the session, the factor or the user is gone.
func (s *Store) Meet(ctx context.Context, m Met) (Session, User, bool, error) {
	session := record(struct {
		ID       string    `json:"id"`
		UserID   string    `json:"user_id"`
		FactorID string    `json:"factor_id"`
		Key      string    `json:"refresh_token_hmac_key"`
		At       time.Time `json:"updated_at"`
	}{m.Session, m.User, m.Factor, m.Key, m.At})
	var v visitor
	found, err := s.ask(ctx, &v, false, meetSQL, session, text(m.Challenge), moment(m.Oldest),
		text(strconv.FormatInt(m.Step, 10)), record(m.Method), s.entry(m.Entry))
	raised, user := v.whole()
	return raised, user, found, err
}
