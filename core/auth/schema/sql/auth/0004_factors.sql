-- if no type auth.factor_type -- postgresql
create type auth.factor_type as enum ('totp', 'webauthn', 'phone'); -- postgresql

-- if no type auth.factor_status -- postgresql
create type auth.factor_status as enum ('unverified', 'verified'); -- postgresql

create table if not exists auth.mfa_factors (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  friendly_name text,
  factor_type auth.factor_type not null,                                            -- postgresql
  factor_type text not null check (factor_type in ('totp', 'webauthn', 'phone')),   -- dsql
  status auth.factor_status not null,                                               -- postgresql
  status text not null check (status in ('unverified', 'verified')),                -- dsql
  created_at timestamptz not null,
  updated_at timestamptz not null,
  secret text,
  phone text,
  last_challenged_at timestamptz unique,
  web_authn_credential jsonb,
  web_authn_aaguid uuid,
  last_webauthn_challenge_data jsonb
);

create unique index if not exists mfa_factors_user_friendly_name_unique on auth.mfa_factors -- postgresql
  (friendly_name, user_id) where trim(friendly_name) <> '';                                 -- postgresql

create index if not exists factor_id_created_at_idx on auth.mfa_factors (user_id, created_at);

create index if not exists mfa_factors_user_id_idx on auth.mfa_factors (user_id);

create unique index if not exists unique_phone_factor_per_user on auth.mfa_factors (user_id, phone);

alter table auth.mfa_factors enable row level security; -- postgresql

create table if not exists auth.mfa_challenges (
  id uuid primary key,
  factor_id uuid not null,
  created_at timestamptz not null,
  verified_at timestamptz,
  ip_address inet not null, -- postgresql
  ip_address text not null, -- dsql
  otp_code text,
  web_authn_session_data jsonb,
  constraint mfa_challenges_auth_factor_id_fkey
    foreign key (factor_id) references auth.mfa_factors (id) on delete cascade
);

create index if not exists mfa_challenge_created_at_idx on auth.mfa_challenges
  (created_at desc); -- postgresql
  (created_at);      -- dsql

alter table auth.mfa_challenges enable row level security; -- postgresql

create table if not exists auth.webauthn_credentials (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  credential_id bytea not null,
  public_key bytea not null,
  attestation_type text not null default '',
  aaguid uuid,
  sign_count bigint not null default 0,
  transports jsonb not null default '[]',
  backup_eligible boolean not null default false,
  backed_up boolean not null default false,
  friendly_name text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_used_at timestamptz
);

create unique index if not exists webauthn_credentials_credential_id_key on auth.webauthn_credentials (credential_id);

create index if not exists webauthn_credentials_user_id_idx on auth.webauthn_credentials (user_id);

create table if not exists auth.webauthn_challenges (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete cascade,
  challenge_type text not null check (challenge_type in ('signup', 'registration', 'authentication')),
  session_data jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index if not exists webauthn_challenges_expires_at_idx on auth.webauthn_challenges (expires_at);

create index if not exists webauthn_challenges_user_id_idx on auth.webauthn_challenges (user_id);
