-- What must be counted across all instances of the service. Each table is written by one statement, insert ... on
-- conflict ... do update ... returning, whose answer is the decision. None refers to a table of auth: that schema must
-- stay free to be replaced, and what is left over here expires.

-- How often something was done in a window that begins with its first use. A bucket names the limit and whom it holds
-- for. A row past its end counts as none.
create table if not exists auth_internal.rate_limits (
  bucket text primary key,
  used integer not null,
  expires_at timestamptz not null
);

create index if not exists rate_limits_expires_at_idx on auth_internal.rate_limits (expires_at);

-- Wrong guesses against one one-time token, by the hash that is stored of it: a new token starts anew.
create table if not exists auth_internal.token_failures (
  token_hash text primary key,
  failures integer not null,
  expires_at timestamptz not null
);

create index if not exists token_failures_expires_at_idx on auth_internal.token_failures (expires_at);

-- The last TOTP step that a factor was verified with, and the lock against guessing. They are one row, so that one
-- statement accepts a code when its step is new and the factor is not locked, and clears the failures.
create table if not exists auth_internal.factor_guards (
  factor_id uuid primary key,
  last_step bigint not null default 0,
  failures integer not null default 0,
  locked_until timestamptz,
  updated_at timestamptz not null default now()
);
