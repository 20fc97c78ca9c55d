create table if not exists auth.instances (
  id uuid primary key,
  uuid uuid,
  raw_base_config text,
  created_at timestamptz,
  updated_at timestamptz
);

alter table auth.instances enable row level security; -- postgresql

create table if not exists auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text default null::varchar unique,
  phone_confirmed_at timestamptz,
  phone_change text default ''::varchar,
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0
    check (email_change_confirm_status >= 0 and email_change_confirm_status <= 2),
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  -- Stands for the unique index on a part of the rows: null is not equal to null.
  email_key text generated always as (case when is_sso_user then null else lower(email) end) stored unique, -- dsql
  is_anonymous boolean not null default false
);

create unique index if not exists users_email_partial_key on auth.users (email) where is_sso_user = false; -- postgresql

create index if not exists users_instance_id_email_idx on auth.users (instance_id, lower(email));

create index if not exists users_instance_id_idx on auth.users (instance_id);

create index if not exists users_is_anonymous_idx on auth.users (is_anonymous);

-- Tokens are found in auth.one_time_tokens; these hold what older versions wrote, where digits alone are no token.

create unique index if not exists confirmation_token_idx on auth.users -- postgresql
  (confirmation_token) where confirmation_token !~ '^[0-9 ]*$';        -- postgresql

create unique index if not exists recovery_token_idx on auth.users     -- postgresql
  (recovery_token) where recovery_token !~ '^[0-9 ]*$';                -- postgresql

create unique index if not exists email_change_token_current_idx on auth.users         -- postgresql
  (email_change_token_current) where email_change_token_current !~ '^[0-9 ]*$';        -- postgresql

create unique index if not exists email_change_token_new_idx on auth.users             -- postgresql
  (email_change_token_new) where email_change_token_new !~ '^[0-9 ]*$';                -- postgresql

create unique index if not exists reauthentication_token_idx on auth.users             -- postgresql
  (reauthentication_token) where reauthentication_token !~ '^[0-9 ]*$';                -- postgresql

alter table auth.users enable row level security; -- postgresql

create table if not exists auth.identities (
  provider_id text not null,
  user_id uuid not null references auth.users (id) on delete cascade,
  identity_data jsonb not null,
  provider text not null,
  last_sign_in_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz,
  email text generated always as (lower(identity_data ->> 'email')) stored,
  id uuid primary key default gen_random_uuid(),
  constraint identities_provider_id_provider_unique unique (provider_id, provider)
);

create index if not exists identities_email_idx on auth.identities
  (email text_pattern_ops); -- postgresql
  (email);                  -- dsql

create index if not exists identities_user_id_idx on auth.identities (user_id);

alter table auth.identities enable row level security; -- postgresql

create table if not exists auth.audit_log_entries (
  instance_id uuid,
  id uuid primary key,
  payload json,
  created_at timestamptz,
  ip_address varchar(64) not null default ''
);

create index if not exists audit_logs_instance_id_idx on auth.audit_log_entries (instance_id);

alter table auth.audit_log_entries enable row level security; -- postgresql

-- GoTrue's ledger, for GoTrue and for the rows of a dump. Ours is elsewhere.
create table if not exists auth.schema_migrations (
  version varchar(255) primary key
);

alter table auth.schema_migrations enable row level security; -- postgresql
