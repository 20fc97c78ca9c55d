-- if no type auth.oauth_authorization_status -- postgresql
create type auth.oauth_authorization_status as enum ('pending', 'approved', 'denied', 'expired'); -- postgresql

-- if no type auth.oauth_response_type -- postgresql
create type auth.oauth_response_type as enum ('code'); -- postgresql

create table if not exists auth.sso_providers (
  id uuid primary key,
  resource_id text,
  created_at timestamptz,
  updated_at timestamptz,
  disabled boolean,
  -- The comparison with null is upstream's, and never true or false: the other half decides.
  constraint "resource_id not empty" check (resource_id = null::text or char_length(resource_id) > 0)
);

create unique index if not exists sso_providers_resource_id_idx on auth.sso_providers (lower(resource_id));

create index if not exists sso_providers_resource_id_pattern_idx on auth.sso_providers
  (resource_id text_pattern_ops); -- postgresql
  (resource_id);                  -- dsql

alter table auth.sso_providers enable row level security; -- postgresql

create table if not exists auth.sso_domains (
  id uuid primary key,
  sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  domain text not null,
  created_at timestamptz,
  updated_at timestamptz,
  constraint "domain not empty" check (char_length(domain) > 0)
);

create unique index if not exists sso_domains_domain_idx on auth.sso_domains (lower(domain));

create index if not exists sso_domains_sso_provider_id_idx on auth.sso_domains (sso_provider_id);

alter table auth.sso_domains enable row level security; -- postgresql

create table if not exists auth.saml_providers (
  id uuid primary key,
  sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  entity_id text not null unique,
  metadata_xml text not null,
  metadata_url text,
  attribute_mapping jsonb,
  created_at timestamptz,
  updated_at timestamptz,
  name_id_format text,
  constraint "entity_id not empty" check (char_length(entity_id) > 0),
  constraint "metadata_url not empty" check (metadata_url = null::text or char_length(metadata_url) > 0),
  constraint "metadata_xml not empty" check (char_length(metadata_xml) > 0)
);

create index if not exists saml_providers_sso_provider_id_idx on auth.saml_providers (sso_provider_id);

alter table auth.saml_providers enable row level security; -- postgresql

create table if not exists auth.saml_relay_states (
  id uuid primary key,
  sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  request_id text not null,
  for_email text,
  redirect_to text,
  created_at timestamptz,
  updated_at timestamptz,
  flow_state_id uuid references auth.flow_state (id) on delete cascade,
  constraint "request_id not empty" check (char_length(request_id) > 0)
);

create index if not exists saml_relay_states_created_at_idx on auth.saml_relay_states
  (created_at desc); -- postgresql
  (created_at);      -- dsql

create index if not exists saml_relay_states_for_email_idx on auth.saml_relay_states (for_email);

create index if not exists saml_relay_states_sso_provider_id_idx on auth.saml_relay_states (sso_provider_id);

alter table auth.saml_relay_states enable row level security; -- postgresql

create table if not exists auth.custom_oauth_providers (
  id uuid primary key default gen_random_uuid(),
  provider_type text not null check (provider_type in ('oauth2', 'oidc')),
  identifier text not null unique,
  name text not null,
  client_id text not null,
  client_secret text not null,
  acceptable_client_ids text[] not null default '{}', -- postgresql
  acceptable_client_ids jsonb not null default '[]',  -- dsql
  scopes text[] not null default '{}',                -- postgresql
  scopes jsonb not null default '[]',                 -- dsql
  pkce_enabled boolean not null default true,
  attribute_mapping jsonb not null default '{}',
  authorization_params jsonb not null default '{}',
  enabled boolean not null default true,
  email_optional boolean not null default false,
  issuer text,
  discovery_url text,
  skip_nonce_check boolean not null default false,
  cached_discovery jsonb,
  discovery_cached_at timestamptz,
  authorization_url text,
  token_url text,
  userinfo_url text,
  jwks_uri text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  custom_claims_allowlist text[] not null default '{}', -- postgresql
  custom_claims_allowlist jsonb not null default '[]',  -- dsql
  constraint custom_oauth_providers_identifier_format check (identifier ~ '^[a-z0-9][a-z0-9:-]{0,48}[a-z0-9]$'),
  constraint custom_oauth_providers_name_length check (char_length(name) >= 1 and char_length(name) <= 100),
  constraint custom_oauth_providers_client_id_length
    check (char_length(client_id) >= 1 and char_length(client_id) <= 512),
  constraint custom_oauth_providers_issuer_length
    check (issuer is null or char_length(issuer) >= 1 and char_length(issuer) <= 2048),
  constraint custom_oauth_providers_discovery_url_length
    check (discovery_url is null or char_length(discovery_url) <= 2048),
  constraint custom_oauth_providers_authorization_url_length
    check (authorization_url is null or char_length(authorization_url) <= 2048),
  constraint custom_oauth_providers_token_url_length check (token_url is null or char_length(token_url) <= 2048),
  constraint custom_oauth_providers_userinfo_url_length
    check (userinfo_url is null or char_length(userinfo_url) <= 2048),
  constraint custom_oauth_providers_jwks_uri_length check (jwks_uri is null or char_length(jwks_uri) <= 2048),
  constraint custom_oauth_providers_authorization_url_https
    check (authorization_url is null or authorization_url like 'https://%'),
  constraint custom_oauth_providers_token_url_https check (token_url is null or token_url like 'https://%'),
  constraint custom_oauth_providers_userinfo_url_https check (userinfo_url is null or userinfo_url like 'https://%'),
  constraint custom_oauth_providers_jwks_uri_https check (jwks_uri is null or jwks_uri like 'https://%'),
  constraint custom_oauth_providers_oauth2_requires_endpoints
    check (provider_type <> 'oauth2'
      or authorization_url is not null and token_url is not null and userinfo_url is not null),
  constraint custom_oauth_providers_oidc_requires_issuer check (provider_type <> 'oidc' or issuer is not null),
  constraint custom_oauth_providers_oidc_issuer_https
    check (provider_type <> 'oidc' or issuer is null or issuer like 'https://%'),
  constraint custom_oauth_providers_oidc_discovery_url_https
    check (provider_type <> 'oidc' or discovery_url is null or discovery_url like 'https://%')
);

create index if not exists custom_oauth_providers_created_at_idx on auth.custom_oauth_providers (created_at);

create index if not exists custom_oauth_providers_enabled_idx on auth.custom_oauth_providers (enabled);

create index if not exists custom_oauth_providers_identifier_idx on auth.custom_oauth_providers (identifier);

create index if not exists custom_oauth_providers_provider_type_idx on auth.custom_oauth_providers (provider_type);

create table if not exists auth.oauth_authorizations (
  id uuid primary key,
  authorization_id text not null unique,
  client_id uuid not null references auth.oauth_clients (id) on delete cascade,
  user_id uuid references auth.users (id) on delete cascade,
  redirect_uri text not null,
  scope text not null,
  state text,
  resource text,
  code_challenge text,
  code_challenge_method auth.code_challenge_method,                                       -- postgresql
  response_type auth.oauth_response_type not null default 'code',                         -- postgresql
  status auth.oauth_authorization_status not null default 'pending',                      -- postgresql
  code_challenge_method text check (code_challenge_method in ('s256', 'plain')),          -- dsql
  response_type text not null default 'code' check (response_type in ('code')),           -- dsql
  status text not null default 'pending'                                                  -- dsql
    check (status in ('pending', 'approved', 'denied', 'expired')),                       -- dsql
  authorization_code text unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '3 minutes',
  approved_at timestamptz,
  nonce text,
  constraint oauth_authorizations_authorization_code_length check (char_length(authorization_code) <= 255),
  constraint oauth_authorizations_code_challenge_length check (char_length(code_challenge) <= 128),
  constraint oauth_authorizations_expires_at_future check (expires_at > created_at),
  constraint oauth_authorizations_nonce_length check (char_length(nonce) <= 255),
  constraint oauth_authorizations_redirect_uri_length check (char_length(redirect_uri) <= 2048),
  constraint oauth_authorizations_resource_length check (char_length(resource) <= 2048),
  constraint oauth_authorizations_scope_length check (char_length(scope) <= 4096),
  constraint oauth_authorizations_state_length check (char_length(state) <= 4096)
);

create index if not exists oauth_auth_pending_exp_idx on auth.oauth_authorizations (expires_at) where status = 'pending';

create table if not exists auth.oauth_consents (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  client_id uuid not null references auth.oauth_clients (id) on delete cascade,
  scopes text not null,
  granted_at timestamptz not null default now(),
  revoked_at timestamptz,
  constraint oauth_consents_revoked_after_granted check (revoked_at is null or revoked_at >= granted_at),
  constraint oauth_consents_scopes_length check (char_length(scopes) <= 2048),
  constraint oauth_consents_scopes_not_empty check (char_length(trim(scopes)) > 0),
  constraint oauth_consents_user_client_unique unique (user_id, client_id)
);

create index if not exists oauth_consents_active_client_idx on auth.oauth_consents (client_id) where revoked_at is null;

create index if not exists oauth_consents_active_user_client_idx on auth.oauth_consents
  (user_id, client_id) where revoked_at is null;

create index if not exists oauth_consents_user_order_idx on auth.oauth_consents
  (user_id, granted_at desc); -- postgresql
  (user_id, granted_at);      -- dsql

-- Supabase's own arrangement for the role that people and their migrations use there.

-- if role postgres
grant usage on schema auth to postgres;

-- if role postgres
grant all on all tables in schema auth to postgres;

-- if role postgres
grant all on all sequences in schema auth to postgres;
